-- Purpose: where binary COPY puts vectors first, because COPY FROM is refused on tables with row security.
-- Grain: one row a text of the batch.
-- Parameters: none.
-- Rerun: a temporary table of this connection, emptied at every commit.
CREATE TEMPORARY TABLE new_embedding (
    input_hash bytea NOT NULL,
    vector public.vector NOT NULL
) ON COMMIT DELETE ROWS
