-- Purpose: void the requests for another evaluation that nobody has decided about and that name an encoder which is not
--          the configured one any more.
-- Grain: one row a request voided.
-- Parameters: tenant_id, planner, encoder (its name in words), stale: the reason.
-- Rerun: changes nothing a second time.
UPDATE segment.request
SET state = 'voided', problem = %(stale)s, state_changed_at = now()
WHERE tenant_id = %(tenant_id)s AND planner = %(planner)s
  AND state IN ('submitted', 'drafted', 'in_review', 'failed', 'needs_clarification')
  AND right(text, length(%(encoder)s) + length(' now.')) <> %(encoder)s || ' now.'
