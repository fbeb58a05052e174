-- Purpose: the monthly partitions that the staged events need. Grain: one row. Parameters: none.
-- Rerun: makes what is missing.
SELECT core.ensure_event_partitions(min(occurred_at), max(occurred_at)) FROM shaped_event HAVING count(*) > 0
