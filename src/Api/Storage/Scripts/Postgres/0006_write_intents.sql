-- A confirmation that is being carried out: what it takes to go on with it after this process has died.
CREATE TABLE write_intent (
  id           text PRIMARY KEY,
  session_id   text NOT NULL,
  confirmation text NOT NULL,
  node         text NOT NULL,
  held_until   bigint NOT NULL,
  created_at   bigint NOT NULL
);
CREATE INDEX write_intent_session ON write_intent (session_id);
ALTER TABLE write_ledger ADD COLUMN held_by text;

-- What a page needs to show receipts again: which part of the plan, and which confirmation they belong to.
ALTER TABLE write_receipt ADD COLUMN part text;
ALTER TABLE write_receipt ADD COLUMN confirmation text;
