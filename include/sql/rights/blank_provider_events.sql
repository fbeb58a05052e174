-- Purpose: the words of providers about a person's messages go; what happened and when stays, for rates and evidence.
-- Grain: one row an event. Parameters: tenant_id, deliveries. Rerun: finds none.
UPDATE activation.provider_event
SET detail = NULL
WHERE tenant_id = %(tenant_id)s AND delivery_id = ANY (%(deliveries)s) AND detail IS NOT NULL
