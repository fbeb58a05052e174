-- Purpose: the customers who may have entered or left a segment since its last refresh, until the transaction ends.
-- Grain: one row a customer and reason; key is the customer's graph key.
-- Parameters: none.
-- Rerun: a temporary table of this transaction.
CREATE TEMPORARY TABLE candidate (
    key bigint NOT NULL
) ON COMMIT DROP
