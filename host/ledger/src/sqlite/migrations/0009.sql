-- Who looks at a chart, or at that of an ended submission, while `look_at` is the end of a lease.
ALTER TABLE charts ADD COLUMN look_owner TEXT;
ALTER TABLE submissions ADD COLUMN look_owner TEXT;
-- Work that was changed by a clock that ran ahead.
CREATE INDEX submissions_changed ON submissions (changed_at) WHERE due_at IS NOT NULL;
