-- Purpose: the words of providers in their answers go; the outcome stays.
-- Grain: one row an attempt. Parameters: tenant_id, deliveries. Rerun: finds none.
UPDATE activation.attempt
SET answer = NULL
WHERE tenant_id = %(tenant_id)s AND delivery_id = ANY (%(deliveries)s) AND answer IS NOT NULL
