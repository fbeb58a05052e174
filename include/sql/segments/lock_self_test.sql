-- Purpose: one self-test of a graph at a time, because they share the canary.
-- Grain: one lock a graph, until the connection ends.
-- Parameters: graph_name.
-- Rerun: waits, changes nothing.
SELECT pg_advisory_lock(hashtext('segments.self_test'), hashtext(%(graph_name)s))
