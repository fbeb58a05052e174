-- Purpose: the rates of a file are added, and corrected where they differ; none is removed.
-- Grain: one row with the numbers of rates added and corrected. Parameters: source; reads read_rate.
-- Rerun: only differences are written, so that loaded_at says when a rate became what it is.
WITH merged AS (
    MERGE INTO core.currency_rate AS known
    USING read_rate AS read
    ON known.from_currency = read.from_currency AND known.to_currency = read.to_currency AND known.day = read.day
    WHEN MATCHED AND known.rate <> read.rate THEN UPDATE SET
        rate = read.rate, source = %(source)s, loaded_at = now()
    WHEN NOT MATCHED THEN INSERT (from_currency, to_currency, day, rate, source)
    VALUES (read.from_currency, read.to_currency, read.day, read.rate, %(source)s)
    RETURNING merge_action() AS action
)
SELECT count(*) FILTER (WHERE action = 'INSERT'), count(*) FILTER (WHERE action = 'UPDATE') FROM merged
