-- Purpose: what the people of an audience agreed to, until the transaction ends.
-- Grain: one row a person and channel on which there is a statement.
-- Parameters: none.
-- Rerun: a temporary table of this transaction.
CREATE TEMPORARY TABLE audience_consent (
    customer_id text NOT NULL,
    channel text NOT NULL,
    is_granted boolean NOT NULL,
    PRIMARY KEY (customer_id, channel)
) ON COMMIT DROP
