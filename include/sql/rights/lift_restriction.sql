-- Purpose: end the restriction that a request brought. Grain: one row a profile and purpose.
-- Parameters: tenant_id, request_id. Rerun: finds none.
DELETE FROM rights.restriction WHERE tenant_id = %(tenant_id)s AND request_id = %(request_id)s
