-- Purpose: a place for the surrogates of all rows that a run concerns, those that are no more among them.
-- Grain: one row a source and surrogate. Parameters: none. Rerun: gone with the transaction.
CREATE TEMPORARY TABLE concerned_key (source text, graph_key bigint, PRIMARY KEY (source, graph_key)) ON COMMIT DROP
