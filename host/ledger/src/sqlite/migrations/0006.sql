-- Mails and messages of CMS about alignments.
CREATE TABLE cms_notices (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    received_at INTEGER NOT NULL,
    source TEXT NOT NULL,
    identity TEXT NOT NULL UNIQUE,
    content_hash TEXT NOT NULL,
    event TEXT NOT NULL,
    cms_submission TEXT NOT NULL,
    participant TEXT NOT NULL,
    deadline TEXT NOT NULL,
    attachments INTEGER NOT NULL,
    submission TEXT REFERENCES submissions (id),
    chart TEXT REFERENCES charts (id),
    reason TEXT NOT NULL,
    text TEXT NOT NULL,
    matched_at INTEGER,
    matched_by TEXT NOT NULL DEFAULT '',
    bytes BLOB NOT NULL,
    CHECK ((submission IS NULL) = (chart IS NULL)),
    CHECK (submission IS NOT NULL OR reason <> '')
) STRICT;
CREATE UNIQUE INDEX cms_notices_content ON cms_notices (content_hash);
CREATE INDEX cms_notices_participant ON cms_notices (participant, seq);
CREATE INDEX cms_notices_submission ON cms_notices (submission, seq) WHERE submission IS NOT NULL;
CREATE INDEX cms_notices_chart ON cms_notices (chart) WHERE chart IS NOT NULL;
CREATE INDEX cms_notices_unmatched ON cms_notices (seq) WHERE submission IS NULL;

-- How far a source has been read, where the source itself does not keep that.
CREATE TABLE marks (
    name TEXT PRIMARY KEY,
    mark TEXT NOT NULL,
    changed_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
