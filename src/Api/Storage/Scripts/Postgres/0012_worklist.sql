-- The newest list of biopsies to come of each EHR, and which machine reads it now. The list is encrypted.
-- asked_at: when somebody last looked; a list that nobody looks at is neither read again nor kept.
CREATE TABLE worklist (
  ehr_id      text PRIMARY KEY,
  list        text,
  read_at     bigint,
  asked_at    bigint NOT NULL,
  worker      text,
  lease_until bigint NOT NULL
);
