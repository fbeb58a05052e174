-- Purpose: where binary COPY puts the vectors of topics first, because COPY FROM is refused under row security.
-- Grain: one row a topic.
-- Parameters: none.
-- Rerun: a temporary table of this connection, emptied at every commit.
CREATE TEMPORARY TABLE new_topic_embedding (
    topic_type text NOT NULL,
    topic text NOT NULL,
    vector public.vector NOT NULL
) ON COMMIT DELETE ROWS
