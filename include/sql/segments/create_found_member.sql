-- Purpose: the customers that a refresh found, beside segment.membership, until the transaction ends.
-- Grain: one row a customer.
-- Parameters: none.
-- Rerun: a temporary table of this transaction.
CREATE TEMPORARY TABLE found_member (
    customer_id text PRIMARY KEY
) ON COMMIT DROP
