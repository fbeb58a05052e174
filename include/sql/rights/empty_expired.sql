-- Purpose: empty a column of rows that are beyond their time, a batch at once.
-- Grain: one row of {table}. Parameters: tenant_id, days, batch; {moment}, {only} and the column {emptied}.
-- Rerun: empties the next ones.
UPDATE {table} AS held
SET {emptied} = NULL
FROM (
    SELECT old.tableoid, old.ctid
    FROM {table} AS old
    WHERE old.tenant_id = %(tenant_id)s AND old.{moment} < clock_timestamp() - make_interval(days => %(days)s) AND {only}
    ORDER BY old.{moment}
    LIMIT %(batch)s
) AS expired
WHERE held.tableoid = expired.tableoid AND held.ctid = expired.ctid
