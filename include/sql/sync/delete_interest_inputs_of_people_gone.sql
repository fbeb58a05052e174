-- Purpose: forget that the interests of people who are gone were computed: should they come back, they are computed anew.
-- Grain: one row a customer. Parameters: tenant_id. Rerun: finds none.
DELETE FROM profile.interest_input
USING person_gone
WHERE interest_input.tenant_id = %(tenant_id)s AND interest_input.customer_id = person_gone.customer_id
