-- What tells open submissions of one track family and operation apart: of a report its track, period and alignment.
ALTER TABLE submissions ADD COLUMN matter TEXT COLLATE "C" NOT NULL DEFAULT '';
UPDATE submissions SET matter = track || '/' || (intent::json -> 'report' ->> 'period') || '/' || (intent::json -> 'report' ->> 'alignment')
    WHERE operation = 'report-data' AND (intent::json -> 'report' ->> 'period') IS NOT NULL;
DROP INDEX submissions_open;
CREATE UNIQUE INDEX submissions_open ON submissions (participant, chart, family, operation, matter, slot)
    WHERE state IN ('held', 'ready', 'sending', 'polling', 'waiting', 'uncertain');
