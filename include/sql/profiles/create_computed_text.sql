-- Purpose: the profile texts as they should be, beside profile.text, until the transaction ends.
-- Grain: one row a customer.
-- Parameters: none.
-- Rerun: a temporary table of this transaction.
CREATE TEMPORARY TABLE computed_text (
    customer_id text PRIMARY KEY,
    body text NOT NULL,
    input_hash bytea NOT NULL
) ON COMMIT DROP
