-- Purpose: the interests as they should be, beside profile.interest, until the transaction ends.
-- Grain: one row a customer, topic type and topic.
-- Parameters: none.
-- Rerun: a temporary table of this transaction.
CREATE TEMPORARY TABLE computed_interest (
    customer_id text NOT NULL,
    topic_type text NOT NULL,
    topic text NOT NULL,
    raw double precision NOT NULL,
    score double precision NOT NULL,
    is_primary boolean NOT NULL
) ON COMMIT DROP
