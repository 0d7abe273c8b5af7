-- When a delivery was changed last, so that what a clock put off that ran ahead can be told.
ALTER TABLE deliveries ADD COLUMN changed_at INTEGER NOT NULL DEFAULT 0;
CREATE INDEX deliveries_changed ON deliveries (changed_at) WHERE state = 'pending';
