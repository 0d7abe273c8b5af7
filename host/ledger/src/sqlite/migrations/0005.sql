-- Dated pieces of charts: vital signs, results, answered questionnaires.
CREATE TABLE entries (
    chart TEXT NOT NULL REFERENCES charts (id),
    key TEXT NOT NULL,
    kind TEXT NOT NULL,
    code TEXT NOT NULL,
    at TEXT NOT NULL,
    document TEXT NOT NULL,
    changed_at INTEGER NOT NULL,
    PRIMARY KEY (chart, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX entries_newest ON entries (chart, code, at DESC, key);
-- When a chart is looked at without news; unset where nothing is to come.
ALTER TABLE charts ADD COLUMN look_at INTEGER;
CREATE INDEX charts_look ON charts (look_at) WHERE look_at IS NOT NULL;
-- Keys of the entries that a payload carried.
ALTER TABLE payloads ADD COLUMN entries TEXT NOT NULL DEFAULT '[]';
