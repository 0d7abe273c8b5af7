-- Whether `look_at` of a chart is the end of somebody's lease rather than the day of its calendar.
ALTER TABLE charts ADD COLUMN look_leased INTEGER NOT NULL DEFAULT 0;
