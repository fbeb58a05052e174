-- Purpose: throw away a form: it was submitted, or somebody does not want it any more.
-- Grain: one row, none where it is gone already.
-- Parameters: tenant_id, unfinished_id.
-- Rerun: changes nothing more.
DELETE FROM activation.unfinished_campaign WHERE tenant_id = %(tenant_id)s AND unfinished_id = %(unfinished_id)s
