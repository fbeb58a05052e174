-- Purpose: the customers whom a refresh asked, until the transaction ends.
-- Grain: one row a customer; none where all were asked.
-- Parameters: none.
-- Rerun: a temporary table of this transaction.
CREATE TEMPORARY TABLE asked_customer (
    customer_id text PRIMARY KEY
) ON COMMIT DROP
