-- Purpose: which transactions have ended, so that what they wrote is visible.
-- Grain: one row.
-- Parameters: none.
-- Rerun: reads only.
SELECT pg_current_snapshot()::text
