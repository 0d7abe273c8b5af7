-- What tells open submissions of one track family and operation apart: of a report its track, period and alignment.
ALTER TABLE submissions ADD COLUMN matter TEXT COLLATE "C" NOT NULL DEFAULT '';
-- A sender may have put NUL into any text. PostgreSQL's own hold none, so its escape (after no backslash of its own) becomes U+FFFD first.
UPDATE submissions SET matter = track || '/' || (known.report ->> 'period') || '/' || (known.report ->> 'alignment')
    FROM (SELECT seq, regexp_replace(intent, E'(?<!\\\\)((?:\\\\\\\\)*)\\\\u0000', E'\\1\\\\ufffd', 'g')::json -> 'report' AS report
        FROM submissions WHERE operation = 'report-data') AS known
    WHERE submissions.seq = known.seq AND (known.report ->> 'period') IS NOT NULL;
DROP INDEX submissions_open;
CREATE UNIQUE INDEX submissions_open ON submissions (participant, chart, family, operation, matter, slot)
    WHERE state IN ('held', 'ready', 'sending', 'polling', 'waiting', 'uncertain');
