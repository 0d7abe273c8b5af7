-- Pending deliveries are known by their due time, as submissions are: looked for by their state, the queues of all routes would be looked
-- through for those of one.
DROP INDEX deliveries_changed;
CREATE INDEX deliveries_changed ON deliveries (changed_at) WHERE due_at IS NOT NULL;
DROP INDEX deliveries_queue;
CREATE INDEX deliveries_queue ON deliveries (route, seq) WHERE due_at IS NOT NULL;
-- What was put off after a failure, by which an API that was away is tried: among all that is polled it would be looked for in vain.
CREATE INDEX submissions_failed ON submissions (due_at, seq) WHERE due_at IS NOT NULL AND failures > 0;
