-- Purpose: delete rows that are beyond their time, a batch at once.
-- Grain: one row of {table}. Parameters: tenant_id, days, batch; {moment}, and {only}, what more a row has to be.
-- Rerun: deletes the next ones.
DELETE FROM {table} AS held
USING (
    SELECT old.tableoid, old.ctid
    FROM {table} AS old
    WHERE old.tenant_id = %(tenant_id)s AND old.{moment} < clock_timestamp() - make_interval(days => %(days)s) AND {only}
    ORDER BY old.{moment}
    LIMIT %(batch)s
    FOR UPDATE SKIP LOCKED
) AS expired
WHERE held.tableoid = expired.tableoid AND held.ctid = expired.ctid
