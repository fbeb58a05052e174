-- Purpose: what is recorded about one thing, one person, or anything.
-- Grain: one row an entry, the latest of them, in order.
-- Parameters: tenant_id, reference (null: any), person (a pseudonym; null: anybody), limit.
-- Rerun: reads only.
SELECT *
FROM (
    SELECT
        position, batch, happened_at, action, reference, encode(actor, 'hex') AS actor, encode(person, 'hex') AS person,
        facts
    FROM audit.log
    WHERE tenant_id = %(tenant_id)s
      AND (%(reference)s::text IS NULL OR reference = %(reference)s)
      AND (%(person)s::bytea IS NULL OR person = %(person)s)
    ORDER BY position DESC
    LIMIT %(limit)s
) AS latest
ORDER BY position
