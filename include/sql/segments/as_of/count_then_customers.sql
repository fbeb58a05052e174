-- Purpose: how many customers there were at the moment.
-- Grain: one row.
-- Parameters: none; reads then_profile.
-- Rerun: reads only.
SELECT count(*) FROM then_profile WHERE is_primary AND deleted_at IS NULL
