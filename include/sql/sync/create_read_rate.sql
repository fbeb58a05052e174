-- Purpose: the currency rates of a file, until the transaction ends.
-- Grain: one row a pair of currencies and day; a file that states one twice is refused by the key.
-- Parameters: none. Rerun: a temporary table of this transaction.
CREATE TEMPORARY TABLE read_rate (
    from_currency text NOT NULL,
    to_currency text NOT NULL,
    day date NOT NULL,
    rate numeric NOT NULL,
    PRIMARY KEY (from_currency, to_currency, day)
) ON COMMIT DROP
