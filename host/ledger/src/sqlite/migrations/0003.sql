-- Codes of senders that the profile had no row for, when they came.
CREATE TABLE unmapped (
    application TEXT NOT NULL,
    facility TEXT NOT NULL,
    kind TEXT NOT NULL,
    code TEXT NOT NULL,
    system TEXT NOT NULL,
    unit TEXT NOT NULL,
    display TEXT NOT NULL,
    count INTEGER NOT NULL,
    first_seen INTEGER NOT NULL,
    last_seen INTEGER NOT NULL,
    PRIMARY KEY (application, facility, kind, code, system, unit)
) STRICT, WITHOUT ROWID;
CREATE INDEX unmapped_age ON unmapped (last_seen);
