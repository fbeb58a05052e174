-- Purpose: corrections that the source shows by now are done: every live profile of the person says what was wanted.
-- Grain: one row a request that was closed. Parameters: tenant_id. Rerun: finds none.
UPDATE rights.request AS asked
SET state = 'done', decided_by = 'sync', decided_at = clock_timestamp(), reason = 'The source shows the correction.',
    details = DEFAULT
WHERE asked.tenant_id = %(tenant_id)s AND asked.state = 'open' AND asked.kind = 'correction'
  AND EXISTS (
      SELECT FROM core.profile
      WHERE profile.tenant_id = %(tenant_id)s AND profile.customer_id = asked.customer_id AND profile.deleted_at IS NULL
        AND profile.is_primary
        AND btrim(to_jsonb(profile) ->> (asked.details ->> 'field')) = btrim(asked.details ->> 'wanted')
  )
RETURNING asked.request_id
