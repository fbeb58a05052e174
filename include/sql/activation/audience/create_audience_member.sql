-- Purpose: who is in an audience that is being planned, until the transaction ends.
-- Grain: one row a person.
-- Parameters: none.
-- Rerun: a temporary table of this transaction.
CREATE TEMPORARY TABLE audience_member (
    customer_id text PRIMARY KEY
) ON COMMIT DROP
