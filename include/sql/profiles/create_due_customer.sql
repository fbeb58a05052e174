-- Purpose: the customers whose interests have to be computed again, until the transaction ends.
-- Grain: one row a customer; fingerprint is null where there is nothing to compute any more.
-- Parameters: none.
-- Rerun: a temporary table of this transaction.
CREATE TEMPORARY TABLE due_customer (
    customer_id text PRIMARY KEY,
    fingerprint text
) ON COMMIT DROP
