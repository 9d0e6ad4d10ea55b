-- Biopsies that automation has seen, so that a change of date or a cancellation is noticed.
CREATE TABLE biopsy_watch (
  ehr_id      TEXT NOT NULL,
  patient     TEXT NOT NULL,
  order_ref   TEXT NOT NULL,
  biopsy_date TEXT,
  open        INTEGER NOT NULL,
  seen_at     INTEGER NOT NULL,
  PRIMARY KEY (ehr_id, patient, order_ref)
) STRICT;

-- What goes to patients by itself. The id is a hash of what, for whom and for which date: enqueued twice it is one delivery.
-- payload is encrypted; it is emptied when the delivery has ended.
CREATE TABLE delivery (
  id          TEXT PRIMARY KEY,
  ehr_id      TEXT NOT NULL,
  patient     TEXT NOT NULL,
  order_ref   TEXT,
  kind        TEXT NOT NULL CHECK (kind IN ('leaflet', 'reminder-hold', 'reminder-tests', 'reminder-after', 'withdrawal')),
  state       TEXT NOT NULL CHECK (state IN ('queued', 'sent', 'failed', 'given-up', 'superseded', 'withdrawn')),
  biopsy_date TEXT,
  language    TEXT NOT NULL,
  payload     TEXT,
  due_at      INTEGER NOT NULL,
  expires_at  INTEGER,
  attempts    INTEGER NOT NULL,
  lease_until INTEGER NOT NULL,
  reason      TEXT,
  reference   TEXT,
  created_at  INTEGER NOT NULL,
  ended_at    INTEGER
) STRICT;
CREATE INDEX delivery_due ON delivery (due_at) WHERE state = 'queued';
CREATE INDEX delivery_patient ON delivery (ehr_id, patient);
CREATE INDEX delivery_created ON delivery (created_at);
