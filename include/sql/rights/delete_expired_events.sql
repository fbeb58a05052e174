-- Purpose: delete events that are beyond their time, a batch at once. Grain: the surrogate of each row of {table}.
-- Parameters: tenant_id, days, batch; {moment}, and {only}. Rerun: deletes the next ones.
DELETE FROM {table} AS held
USING (
    SELECT old.tableoid, old.ctid
    FROM {table} AS old
    WHERE old.tenant_id = %(tenant_id)s AND old.{moment} < clock_timestamp() - make_interval(days => %(days)s) AND {only}
    ORDER BY old.{moment}
    LIMIT %(batch)s
) AS expired
WHERE held.tableoid = expired.tableoid AND held.ctid = expired.ctid
RETURNING held.graph_key
