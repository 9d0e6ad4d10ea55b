-- The newest list of biopsies to come of each EHR, and which machine reads it now. The list is encrypted.
-- asked_at: when somebody last looked; a list that nobody looks at is neither read again nor kept.
CREATE TABLE worklist (
  ehr_id      TEXT PRIMARY KEY,
  list        TEXT,
  read_at     INTEGER,
  asked_at    INTEGER NOT NULL,
  worker      TEXT,
  lease_until INTEGER NOT NULL
) STRICT;
