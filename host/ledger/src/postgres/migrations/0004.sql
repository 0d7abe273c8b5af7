-- Feeds without a control id may come with the same content again, as news: another may have come between.
DROP INDEX feeds_identity;
CREATE UNIQUE INDEX feeds_identity ON feeds (application, facility, control_id, content_hash) WHERE control_id <> '';
CREATE INDEX feeds_nameless ON feeds (application, facility, seq) WHERE control_id = '';
