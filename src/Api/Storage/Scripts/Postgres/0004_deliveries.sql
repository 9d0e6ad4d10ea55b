-- Biopsies that automation has seen, so that a change of date or a cancellation is noticed.
CREATE TABLE biopsy_watch (
  ehr_id      text NOT NULL,
  patient     text NOT NULL,
  order_ref   text NOT NULL,
  biopsy_date text,
  open        boolean NOT NULL,
  seen_at     bigint NOT NULL,
  PRIMARY KEY (ehr_id, patient, order_ref)
);

-- What goes to patients by itself. The id is a hash of what, for whom and for which date: enqueued twice it is one delivery.
-- payload is encrypted; it is emptied when the delivery has ended.
CREATE TABLE delivery (
  id          text PRIMARY KEY,
  ehr_id      text NOT NULL,
  patient     text NOT NULL,
  order_ref   text,
  kind        text NOT NULL CHECK (kind IN ('leaflet', 'reminder-hold', 'reminder-tests', 'reminder-after', 'withdrawal')),
  state       text NOT NULL CHECK (state IN ('queued', 'sent', 'failed', 'given-up', 'superseded', 'withdrawn')),
  biopsy_date text,
  language    text NOT NULL,
  payload     text,
  due_at      bigint NOT NULL,
  expires_at  bigint,
  attempts    integer NOT NULL,
  lease_until bigint NOT NULL,
  reason      text,
  reference   text,
  created_at  bigint NOT NULL,
  ended_at    bigint
);
CREATE INDEX delivery_due ON delivery (due_at) WHERE state = 'queued';
CREATE INDEX delivery_patient ON delivery (ehr_id, patient);
CREATE INDEX delivery_created ON delivery (created_at);
