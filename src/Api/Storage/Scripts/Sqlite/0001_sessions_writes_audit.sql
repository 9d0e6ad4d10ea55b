-- Instants are UTC milliseconds since 1970.
CREATE TABLE pending_launch (
  state_hash   TEXT PRIMARY KEY,
  ehr_id       TEXT NOT NULL,
  secrets      TEXT NOT NULL,
  browser_hash TEXT NOT NULL,
  created_at   INTEGER NOT NULL,
  expires_at   INTEGER NOT NULL
) STRICT;

CREATE TABLE smart_session (
  id                  TEXT PRIMARY KEY,
  ehr_id              TEXT NOT NULL,
  cookie_hash         TEXT,
  context             TEXT NOT NULL,
  tokens              TEXT NOT NULL,
  token_version       INTEGER NOT NULL,
  refresh_lease_until INTEGER,
  created_at          INTEGER NOT NULL,
  last_used_at        INTEGER NOT NULL,
  expires_at          INTEGER NOT NULL,
  ended_at            INTEGER,
  end_reason          TEXT
) STRICT;
CREATE INDEX smart_session_expiry ON smart_session (expires_at);

CREATE TABLE seen_token (
  issuer     TEXT NOT NULL,
  jti_hash   TEXT NOT NULL,
  expires_at INTEGER NOT NULL,
  PRIMARY KEY (issuer, jti_hash)
) STRICT;
CREATE INDEX seen_token_expiry ON seen_token (expires_at);

CREATE TABLE data_protection_key (
  name       TEXT PRIMARY KEY,
  xml        TEXT NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE write_ledger (
  creation_key TEXT PRIMARY KEY,
  series_key   TEXT NOT NULL,
  confirmed_at INTEGER NOT NULL,
  completed    INTEGER NOT NULL,
  held_until   INTEGER NOT NULL,
  reference    TEXT
) STRICT;
CREATE INDEX write_ledger_series ON write_ledger (series_key);

CREATE TABLE write_receipt (
  id        INTEGER PRIMARY KEY AUTOINCREMENT,
  ehr_id    TEXT NOT NULL,
  asked_by  TEXT NOT NULL,
  kind      TEXT NOT NULL,
  state     TEXT NOT NULL CHECK (state IN ('created', 'already-there', 'not-supported', 'failed', 'not-attempted')),
  reference TEXT,
  reason    TEXT,
  at        INTEGER NOT NULL
) STRICT;
CREATE INDEX write_receipt_asked_by ON write_receipt (asked_by);

CREATE TABLE audit (
  number        INTEGER PRIMARY KEY,
  at            INTEGER NOT NULL,
  action        TEXT NOT NULL,
  ehr_id        TEXT,
  actor         TEXT NOT NULL,
  session_id    TEXT,
  target        TEXT,
  outcome       TEXT NOT NULL,
  previous_hash TEXT NOT NULL UNIQUE,
  hash          TEXT NOT NULL
) STRICT;
CREATE TRIGGER audit_is_append_only_update BEFORE UPDATE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;
CREATE TRIGGER audit_is_append_only_delete BEFORE DELETE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;
