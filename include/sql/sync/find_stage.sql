-- Purpose: whether a schema is there. Grain: one row or none. Parameters: schema. Rerun: reads only.
SELECT nspname FROM pg_namespace WHERE nspname = %(schema)s
