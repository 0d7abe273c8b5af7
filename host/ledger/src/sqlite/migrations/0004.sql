-- What a person was told about a submission already, so that it is told once.
ALTER TABLE submissions ADD COLUMN told_operator INTEGER NOT NULL DEFAULT 0;
ALTER TABLE submissions ADD COLUMN told_overdue INTEGER NOT NULL DEFAULT 0;
-- From when on anybody may look at the chart of an ended submission again; unset where that is done or not needed.
ALTER TABLE submissions ADD COLUMN look_at INTEGER;
CREATE INDEX submissions_look ON submissions (look_at) WHERE look_at IS NOT NULL;
