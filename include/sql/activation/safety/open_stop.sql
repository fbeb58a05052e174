-- Purpose: why the sending of one tenant is stopped.
-- Grain: one row, or none where it is not. Parameters: tenant_id. Rerun: reads only.
SELECT reason FROM ops.sending_stop WHERE tenant_id = %(tenant_id)s AND released_at IS NULL
