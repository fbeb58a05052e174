-- Purpose: the segments that a campaign is for and those that it leaves out, with their definitions that are active now.
-- Grain: one row a segment named, in the order in which it is named; the definition's columns are null where none is active.
-- Parameters: tenant_id, segment_ids, without_segment_ids.
-- Rerun: reads only.
SELECT
    asked.segment_id, asked.role, active.version, active.name, active.sentence, active.hash AS definition_hash,
    newest.state AS newest_state
FROM (
    SELECT 'with' AS role, named.segment_id, named.position
    FROM unnest(%(segment_ids)s::text[]) WITH ORDINALITY AS named (segment_id, position)
    UNION ALL
    SELECT 'without', named.segment_id, named.position
    FROM unnest(%(without_segment_ids)s::text[]) WITH ORDINALITY AS named (segment_id, position)
) AS asked
LEFT JOIN segment.definition AS active
    ON active.tenant_id = %(tenant_id)s AND active.segment_id = asked.segment_id AND active.state = 'active'
LEFT JOIN LATERAL (
    SELECT definition.state
    FROM segment.definition
    WHERE definition.tenant_id = %(tenant_id)s AND definition.segment_id = asked.segment_id
    ORDER BY definition.version DESC
    LIMIT 1
) AS newest ON true
ORDER BY asked.role, asked.position
