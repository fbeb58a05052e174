-- Purpose: the people of an audience that is being planned, with their clocks, until the transaction ends.
-- Grain: one row a person.
-- Parameters: none.
-- Rerun: a temporary table of this transaction.
CREATE TEMPORARY TABLE audience_person (
    customer_id text PRIMARY KEY,
    language text,
    -- Of who speaks for the person, ISO 3166-1 alpha-2; null: not known.
    country text,
    -- The household, or the customer where they live alone.
    cluster text NOT NULL,
    -- Their own time zone, or '' where it is not known; zones are all that are possible.
    clock text NOT NULL,
    zones text[] NOT NULL
) ON COMMIT DROP
