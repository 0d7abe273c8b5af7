-- What the validation doubted about a payload, told with it.
ALTER TABLE payloads ADD COLUMN issues TEXT NOT NULL DEFAULT '[]';
