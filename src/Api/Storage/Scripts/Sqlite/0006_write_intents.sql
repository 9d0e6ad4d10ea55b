-- A confirmation that is being carried out: what it takes to go on with it after this process has died.
CREATE TABLE write_intent (
  id           TEXT PRIMARY KEY,
  session_id   TEXT NOT NULL,
  confirmation TEXT NOT NULL,
  node         TEXT NOT NULL,
  held_until   INTEGER NOT NULL,
  created_at   INTEGER NOT NULL
) STRICT;
CREATE INDEX write_intent_session ON write_intent (session_id);
ALTER TABLE write_ledger ADD COLUMN held_by TEXT;

-- What a page needs to show receipts again: which part of the plan, and which confirmation they belong to.
ALTER TABLE write_receipt ADD COLUMN part TEXT;
ALTER TABLE write_receipt ADD COLUMN confirmation TEXT;
