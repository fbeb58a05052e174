-- Purpose: what "now" means for a source that stands still, such as sample data or a restored backup: a scheduled sync then
-- counts from the same day as one that was given the moment.
ALTER TABLE ops.source ADD COLUMN stands_still_at timestamptz;
