-- Purpose: since when rows of a table are kept. It only ever moves forward. Grain: one row. Parameters: tenant_id, table, days.
-- Rerun: moves it on.
INSERT INTO rights.horizon AS known (tenant_id, table_name, before)
VALUES (%(tenant_id)s, %(table)s, clock_timestamp() - make_interval(days => %(days)s))
ON CONFLICT (tenant_id, table_name) DO UPDATE SET before = greatest(known.before, excluded.before)
