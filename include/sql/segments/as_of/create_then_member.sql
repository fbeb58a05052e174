-- Purpose: the members of a moment, to ask what followed of them.
-- Grain: one row a member.
-- Parameters: none.
-- Rerun: a temporary table of this transaction.
CREATE TEMPORARY TABLE then_member (customer_id text NOT NULL) ON COMMIT DROP
