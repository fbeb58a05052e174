-- Purpose: where the people of an audience can be reached, until the transaction ends.
-- Grain: one row a person and channel on which they have an address.
-- Parameters: none.
-- Rerun: a temporary table of this transaction.
CREATE TEMPORARY TABLE audience_reach (
    customer_id text NOT NULL,
    channel text NOT NULL,
    profile_id text NOT NULL,
    address text NOT NULL,
    address_hash bytea NOT NULL,
    is_suppressed boolean NOT NULL,
    -- What was heard of the address: activation.standing.
    last_interaction_at timestamptz,
    last_referral_at timestamptz,
    follows boolean,
    subscribed_until timestamptz,
    PRIMARY KEY (customer_id, channel)
) ON COMMIT DROP
