-- Purpose: drop the months of events that nobody has rows in. Grain: one row, how many. Parameters: before. Rerun: finds none.
SELECT core.drop_empty_event_partitions(%(before)s)
