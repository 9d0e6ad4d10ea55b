-- Where the audit trail ends, so that rows cut off its end show.
CREATE TABLE audit_head (
  id     integer PRIMARY KEY,
  number bigint NOT NULL,
  hash   text NOT NULL
);

-- Whom a pseudonym in the audit trail means. Without this row it means nobody any more, and the chain of hashes still holds.
CREATE TABLE audit_patient (
  ehr_id    text NOT NULL,
  patient   text NOT NULL,
  pseudonym text NOT NULL,
  PRIMARY KEY (ehr_id, patient)
);
CREATE UNIQUE INDEX audit_patient_pseudonym ON audit_patient (pseudonym);
