-- Purpose: the oldest transaction that may still be at work: all before it have ended, and what they wrote is visible.
-- Grain: one row.
-- Parameters: none.
-- Rerun: reads only.
SELECT pg_snapshot_xmin(pg_current_snapshot())::text
