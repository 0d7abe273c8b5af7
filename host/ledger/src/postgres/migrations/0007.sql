-- What notices are found by beside their feed: the control id of the message, and the entry of one that was refused.
ALTER TABLE notices ADD COLUMN control_id TEXT NOT NULL DEFAULT '';
-- A sender may have put NUL into any text. PostgreSQL's own hold none, so its escape (after no backslash of its own) becomes U+FFFD first.
UPDATE notices SET control_id = left(coalesce(
    regexp_replace(document, E'(?<!\\\\)((?:\\\\\\\\)*)\\\\u0000', E'\\1\\\\ufffd', 'g')::json ->> 'control_id', ''), 256);
ALTER TABLE notices ADD COLUMN quarantine TEXT REFERENCES quarantine (id);
CREATE INDEX notices_control_id ON notices (control_id, seq);
