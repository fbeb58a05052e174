-- Purpose: what was computed of the interests of people who are gone.
-- Grain: one row a customer and topic. Parameters: tenant_id. Rerun: finds none.
DELETE FROM profile.interest
USING person_gone
WHERE interest.tenant_id = %(tenant_id)s AND interest.customer_id = person_gone.customer_id
