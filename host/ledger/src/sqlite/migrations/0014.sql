-- What notices are found by beside their feed: the control id of the message, and the entry of one that was refused.
ALTER TABLE notices ADD COLUMN control_id TEXT NOT NULL DEFAULT '';
UPDATE notices SET control_id = coalesce(json_extract(document, '$.control_id'), '');
ALTER TABLE notices ADD COLUMN quarantine TEXT REFERENCES quarantine (id);
CREATE INDEX notices_control_id ON notices (control_id, seq);
