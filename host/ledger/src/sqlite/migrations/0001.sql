-- Feeds that were accepted.
CREATE TABLE feeds (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    received_at INTEGER NOT NULL,
    source TEXT NOT NULL,
    participant TEXT NOT NULL,
    application TEXT NOT NULL,
    facility TEXT NOT NULL,
    control_id TEXT NOT NULL,
    content_hash TEXT NOT NULL,
    event TEXT NOT NULL,
    acknowledgement TEXT NOT NULL,
    bytes BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX feeds_identity ON feeds (application, facility, control_id, content_hash);
CREATE INDEX feeds_participant ON feeds (participant, seq);

-- Charts, and the keys under which the living ones are found.
CREATE TABLE charts (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    participant TEXT NOT NULL,
    version INTEGER NOT NULL,
    joined_into TEXT REFERENCES charts (id),
    created_at INTEGER NOT NULL,
    changed_at INTEGER NOT NULL,
    document TEXT NOT NULL
) STRICT;
CREATE INDEX charts_participant ON charts (participant, seq);
CREATE INDEX charts_joined ON charts (joined_into) WHERE joined_into IS NOT NULL;

CREATE TABLE chart_keys (
    participant TEXT NOT NULL,
    key TEXT NOT NULL,
    chart TEXT NOT NULL REFERENCES charts (id),
    position INTEGER NOT NULL,
    PRIMARY KEY (key, participant)
) STRICT, WITHOUT ROWID;
CREATE INDEX chart_keys_chart ON chart_keys (chart, position);

-- Submissions.
CREATE TABLE submissions (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    participant TEXT NOT NULL,
    chart TEXT NOT NULL REFERENCES charts (id),
    operation TEXT NOT NULL,
    track TEXT NOT NULL,
    family TEXT NOT NULL,
    slot TEXT NOT NULL DEFAULT '',
    state TEXT NOT NULL,
    due_at INTEGER,
    lease_owner TEXT,
    lease_until INTEGER,
    lease_number INTEGER NOT NULL DEFAULT 0,
    sent_under INTEGER,
    blocked_by TEXT REFERENCES submissions (id),
    needs_approval INTEGER NOT NULL,
    rule TEXT NOT NULL,
    why TEXT NOT NULL,
    basis TEXT NOT NULL,
    visit TEXT,
    feed TEXT REFERENCES feeds (id),
    control_id TEXT NOT NULL,
    retry_of TEXT REFERENCES submissions (id),
    cause TEXT NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    polls INTEGER NOT NULL DEFAULT 0,
    failures INTEGER NOT NULL DEFAULT 0,
    location TEXT,
    cms_submission TEXT,
    accepted_at INTEGER,
    polling_since INTEGER,
    class TEXT NOT NULL DEFAULT '',
    code TEXT NOT NULL DEFAULT '',
    created_at INTEGER NOT NULL,
    changed_at INTEGER NOT NULL,
    intent TEXT NOT NULL,
    outcome TEXT,
    answer TEXT,
    CHECK (state IN ('held', 'ready', 'sending', 'polling', 'done', 'waiting', 'uncertain', 'failed', 'cancelled')),
    CHECK (blocked_by IS NULL OR state = 'waiting'),
    CHECK ((due_at IS NOT NULL) = (state IN ('ready', 'sending', 'polling') OR (state = 'waiting' AND blocked_by IS NULL))),
    CHECK ((lease_owner IS NULL) = (lease_until IS NULL)),
    CHECK (lease_until IS NULL OR due_at = lease_until),
    CHECK (state <> 'sending' OR lease_until IS NOT NULL),
    CHECK ((location IS NULL) = (cms_submission IS NULL)),
    CHECK (state <> 'polling' OR location IS NOT NULL)
) STRICT;
CREATE UNIQUE INDEX submissions_open ON submissions (participant, chart, family, operation, slot)
    WHERE state IN ('held', 'ready', 'sending', 'polling', 'waiting', 'uncertain');
CREATE INDEX submissions_due ON submissions (due_at, seq) WHERE due_at IS NOT NULL;
CREATE INDEX submissions_blocked ON submissions (blocked_by) WHERE blocked_by IS NOT NULL;
CREATE INDEX submissions_cms ON submissions (cms_submission) WHERE cms_submission IS NOT NULL;
CREATE INDEX submissions_chart ON submissions (chart, seq);
CREATE INDEX submissions_participant ON submissions (participant, seq);
CREATE INDEX submissions_state ON submissions (state, seq);

-- What CMS calls a submission is kept for good.
CREATE TRIGGER submissions_location_kept BEFORE UPDATE OF location, cms_submission ON submissions
WHEN OLD.location IS NOT NULL AND (NEW.location IS NOT OLD.location OR NEW.cms_submission IS NOT OLD.cms_submission)
BEGIN
    SELECT RAISE(ABORT, 'the location of a submission is kept for good');
END;
CREATE TRIGGER submissions_kept BEFORE DELETE ON submissions
WHEN OLD.location IS NOT NULL
BEGIN
    SELECT RAISE(ABORT, 'an accepted submission is kept for good');
END;

-- What each attempt sent, recorded before it was sent.
CREATE TABLE payloads (
    submission TEXT NOT NULL REFERENCES submissions (id),
    attempt INTEGER NOT NULL,
    at INTEGER NOT NULL,
    basis TEXT NOT NULL,
    provenance TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (submission, attempt)
) STRICT;

-- The history of submissions: rows are added, never changed.
CREATE TABLE events (
    seq INTEGER PRIMARY KEY,
    submission TEXT NOT NULL REFERENCES submissions (id),
    at INTEGER NOT NULL,
    from_state TEXT,
    to_state TEXT NOT NULL,
    actor TEXT NOT NULL,
    cause TEXT NOT NULL
) STRICT;
CREATE INDEX events_submission ON events (submission, seq);
CREATE TRIGGER events_unchanged BEFORE UPDATE ON events
BEGIN
    SELECT RAISE(ABORT, 'history is not rewritten');
END;

-- Notices, and the way of each to each of its routes.
CREATE TABLE notices (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    at INTEGER NOT NULL,
    participant TEXT NOT NULL,
    kind TEXT NOT NULL,
    severity TEXT NOT NULL,
    code TEXT NOT NULL,
    submission TEXT,
    chart TEXT REFERENCES charts (id),
    feed TEXT REFERENCES feeds (id),
    document TEXT NOT NULL
) STRICT;
CREATE INDEX notices_participant ON notices (participant, seq);
CREATE INDEX notices_kind ON notices (kind, seq);
CREATE INDEX notices_submission ON notices (submission, seq) WHERE submission IS NOT NULL;
CREATE INDEX notices_chart ON notices (chart, seq) WHERE chart IS NOT NULL;

CREATE TABLE deliveries (
    seq INTEGER PRIMARY KEY,
    notice TEXT NOT NULL REFERENCES notices (id),
    route TEXT NOT NULL,
    state TEXT NOT NULL,
    due_at INTEGER,
    lease_owner TEXT,
    lease_until INTEGER,
    lease_number INTEGER NOT NULL DEFAULT 0,
    failures INTEGER NOT NULL DEFAULT 0,
    delivered_at INTEGER,
    note TEXT NOT NULL DEFAULT '',
    UNIQUE (notice, route),
    CHECK (state IN ('pending', 'delivered', 'dead')),
    CHECK ((due_at IS NOT NULL) = (state = 'pending'))
) STRICT;
CREATE INDEX deliveries_queue ON deliveries (route, seq) WHERE state = 'pending';
CREATE INDEX deliveries_state ON deliveries (state);

-- Feeds that were refused.
CREATE TABLE quarantine (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    received_at INTEGER NOT NULL,
    last_at INTEGER NOT NULL,
    count INTEGER NOT NULL,
    source TEXT NOT NULL,
    participant TEXT NOT NULL,
    application TEXT NOT NULL,
    facility TEXT NOT NULL,
    control_id TEXT NOT NULL,
    content_hash TEXT NOT NULL,
    event TEXT NOT NULL,
    verdict TEXT NOT NULL,
    code TEXT NOT NULL,
    location TEXT NOT NULL,
    text TEXT NOT NULL,
    replayed_at INTEGER,
    replayed_as TEXT REFERENCES feeds (id),
    bytes BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX quarantine_identity ON quarantine (application, facility, control_id, content_hash);
CREATE INDEX quarantine_waiting ON quarantine (seq) WHERE replayed_at IS NULL;
CREATE INDEX quarantine_participant ON quarantine (participant, seq);
