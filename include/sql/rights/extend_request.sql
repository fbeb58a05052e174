-- Purpose: extend a clock as far as its law allows: once, and before it has run out.
-- Grain: one row, none where that is not possible. Parameters: tenant_id, request_id, reason. Rerun: finds none.
UPDATE rights.request
SET due_at = longest_until, extended_at = clock_timestamp(), extension_reason = %(reason)s, warned_at = NULL
WHERE tenant_id = %(tenant_id)s AND request_id = %(request_id)s AND state = 'open' AND extended_at IS NULL
  AND due_at > clock_timestamp() AND due_at < longest_until
