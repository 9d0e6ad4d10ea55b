-- Whether a message has been seen, where the EHR records it (Communication.received): on which day in the facility's time, and when we last asked.
ALTER TABLE delivery ADD COLUMN seen_on TEXT;
ALTER TABLE delivery ADD COLUMN seen_asked_at INTEGER NOT NULL DEFAULT 0;
CREATE INDEX delivery_unseen ON delivery (ehr_id, seen_asked_at) WHERE state = 'sent' AND seen_on IS NULL;
