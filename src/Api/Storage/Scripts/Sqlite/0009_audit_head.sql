-- Where the audit trail ends, so that rows cut off its end show.
CREATE TABLE audit_head (
  id     INTEGER PRIMARY KEY,
  number INTEGER NOT NULL,
  hash   TEXT NOT NULL
) STRICT;

-- Whom a pseudonym in the audit trail means. Without this row it means nobody any more, and the chain of hashes still holds.
CREATE TABLE audit_patient (
  ehr_id    TEXT NOT NULL,
  patient   TEXT NOT NULL,
  pseudonym TEXT NOT NULL,
  PRIMARY KEY (ehr_id, patient)
) STRICT;
CREATE UNIQUE INDEX audit_patient_pseudonym ON audit_patient (pseudonym);
