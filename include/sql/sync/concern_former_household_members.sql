-- Purpose: the surrogates of those who moved out and are in no household now.
-- Grain: one row a surrogate. Parameters: source. Rerun: adds nothing.
INSERT INTO concerned_key (source, graph_key)
SELECT %(source)s, graph_key FROM changed_household_member
ON CONFLICT DO NOTHING
