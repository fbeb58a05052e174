-- Purpose: the surrogates of events that are no more.
-- Grain: one row a surrogate. Parameters: source. Rerun: adds nothing.
INSERT INTO concerned_key (source, graph_key)
SELECT %(source)s, graph_key FROM changed_event
ON CONFLICT DO NOTHING
