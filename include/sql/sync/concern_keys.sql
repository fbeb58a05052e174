-- Purpose: the surrogates of the rows that a run concerns.
-- Grain: one row a surrogate. Parameters: source; {concerned}, the place of the rows. Rerun: adds nothing.
INSERT INTO concerned_key (source, graph_key)
SELECT %(source)s, graph_key FROM {concerned}
ON CONFLICT DO NOTHING
