-- Purpose: what the people of an audience, and their addresses, have had, until the transaction ends.
-- Grain: one row a delivery and person, and one a delivery and address.
-- Parameters: none.
-- Rerun: a temporary table of this transaction.
CREATE TEMPORARY TABLE audience_history (
    -- One of the two.
    customer_id text,
    address_hash bytea,
    channel text NOT NULL,
    route text,
    campaign_id text NOT NULL,
    message_class text NOT NULL,
    at timestamptz NOT NULL
) ON COMMIT DROP
