-- Cards that were shown, without anything of the chart: which rules, when; for half an hour also hashes of who saw it and of what it rested on.
CREATE TABLE hook_card (
  id          text PRIMARY KEY,
  ehr_id      text NOT NULL,
  service     text NOT NULL,
  topic       text NOT NULL,
  severity    text NOT NULL,
  rules       text NOT NULL,
  repeated    boolean NOT NULL,
  viewer      text,
  fingerprint text,
  shown_at    bigint NOT NULL
);
CREATE INDEX hook_card_viewer ON hook_card (viewer) WHERE viewer IS NOT NULL;
CREATE INDEX hook_card_shown ON hook_card (shown_at);

-- What clinicians did with them. The key makes a repeated message one message.
CREATE TABLE hook_feedback (
  client      text NOT NULL,
  card_id     text NOT NULL,
  outcome     text NOT NULL CHECK (outcome IN ('accepted', 'overridden')),
  outcome_at  bigint NOT NULL,
  service     text NOT NULL,
  reason      text,
  has_comment boolean NOT NULL,
  received_at bigint NOT NULL,
  PRIMARY KEY (client, card_id, outcome, outcome_at)
);
CREATE INDEX hook_feedback_card ON hook_feedback (card_id);
CREATE INDEX hook_feedback_received ON hook_feedback (received_at);
