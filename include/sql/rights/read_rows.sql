-- Purpose: a person's rows of a table, for the person. Grain: one row of {table}, as JSON.
-- Parameters: tenant_id, hidden (columns left out); {found}, what makes a row the person's. Rerun: reads only.
SELECT to_jsonb(held) - %(hidden)s::text[] FROM {table} AS held WHERE held.tenant_id = %(tenant_id)s AND ({found})
