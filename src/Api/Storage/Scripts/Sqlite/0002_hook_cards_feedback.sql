-- Cards that were shown, without anything of the chart: which rules, when; for half an hour also hashes of who saw it and of what it rested on.
CREATE TABLE hook_card (
  id          TEXT PRIMARY KEY,
  ehr_id      TEXT NOT NULL,
  service     TEXT NOT NULL,
  topic       TEXT NOT NULL,
  severity    TEXT NOT NULL,
  rules       TEXT NOT NULL,
  repeated    INTEGER NOT NULL,
  viewer      TEXT,
  fingerprint TEXT,
  shown_at    INTEGER NOT NULL
) STRICT;
CREATE INDEX hook_card_viewer ON hook_card (viewer) WHERE viewer IS NOT NULL;
CREATE INDEX hook_card_shown ON hook_card (shown_at);

-- What clinicians did with them. The key makes a repeated message one message.
CREATE TABLE hook_feedback (
  client      TEXT NOT NULL,
  card_id     TEXT NOT NULL,
  outcome     TEXT NOT NULL CHECK (outcome IN ('accepted', 'overridden')),
  outcome_at  INTEGER NOT NULL,
  service     TEXT NOT NULL,
  reason      TEXT,
  has_comment INTEGER NOT NULL,
  received_at INTEGER NOT NULL,
  PRIMARY KEY (client, card_id, outcome, outcome_at)
) STRICT;
CREATE INDEX hook_feedback_card ON hook_feedback (card_id);
CREATE INDEX hook_feedback_received ON hook_feedback (received_at);
