-- What a policy of retention looks for.
CREATE INDEX feeds_kept ON feeds (received_at) WHERE length(bytes) > 0;
CREATE INDEX payloads_kept ON payloads (at) WHERE body <> '';
CREATE INDEX notices_age ON notices (at);
-- Feeds that open work came from.
CREATE INDEX submissions_feed ON submissions (feed) WHERE feed IS NOT NULL;
