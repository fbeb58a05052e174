-- Purpose: delete the rows that are a person's, or whose time is over.
-- Grain: one row of {table}. Parameters: tenant_id; {found}, what makes a row one of them. Rerun: finds none.
DELETE FROM {table} AS held WHERE held.tenant_id = %(tenant_id)s AND ({found})
