-- Purpose: how many rows are beyond their time. Grain: one row. Parameters: tenant_id, days; {table}, its {moment} and {only},
-- what more a row has to be. Rerun: reads only.
SELECT count(*)
FROM {table} AS old
WHERE old.tenant_id = %(tenant_id)s AND old.{moment} < clock_timestamp() - make_interval(days => %(days)s) AND {only}
