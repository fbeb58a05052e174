-- Purpose: the texts of people who are gone.
-- Grain: one row a customer. Parameters: tenant_id. Rerun: finds none.
DELETE FROM profile.text
USING person_gone
WHERE text.tenant_id = %(tenant_id)s AND text.customer_id = person_gone.customer_id
