-- Purpose: ask for the active versions whose phrases were read by another encoder than the one configured now.
-- Grain: one row a request made; returns its id. Each is a follow-up of the request that led to the active version.
-- Parameters: tenant_id, planner, encoder (its name in words), model, precision, stale: why an earlier request for the
--             same encoder was voided, which may be asked for again.
-- Rerun: makes nothing twice for one version and encoder; the caller holds the lock of re-evaluations.
INSERT INTO segment.request (tenant_id, text, requested_by, planner, revises_request_id, language)
SELECT definition.tenant_id, asked.text, %(planner)s, %(planner)s, definition.request_id, request.language
FROM segment.definition AS definition
JOIN segment.request AS request USING (tenant_id, request_id)
CROSS JOIN LATERAL (
    SELECT format('Evaluate version %%s of the segment %%s again: its phrases are read by %%s now.',
        definition.version, definition.segment_id, %(encoder)s::text) AS text
) AS asked
WHERE definition.tenant_id = %(tenant_id)s AND definition.state = 'active'
  AND EXISTS (
      SELECT FROM jsonb_array_elements(definition.meaning) AS reading
      WHERE reading ->> 'model' <> %(model)s OR reading ->> 'precision' <> %(precision)s
  )
  AND NOT EXISTS (
      SELECT FROM segment.request AS earlier
      WHERE earlier.tenant_id = definition.tenant_id AND earlier.revises_request_id = definition.request_id
        AND earlier.planner = %(planner)s AND earlier.text = asked.text
        AND NOT (earlier.state = 'voided' AND earlier.problem = %(stale)s)
  )
ORDER BY definition.segment_id
RETURNING request_id
