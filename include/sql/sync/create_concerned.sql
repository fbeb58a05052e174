-- Purpose: a place for the rows that a run concerns, of a table that the graph follows.
-- Grain: as {source}, the table. Parameters: none; {concerned}, the place. Rerun: gone with the transaction.
CREATE TEMPORARY TABLE {concerned} (LIKE {source}, UNIQUE (graph_key)) ON COMMIT DROP
