-- Purpose: requests that ask for nearly the same as one: of the same plan, or whose plan reads nearly the same.
-- Grain: one row a request, the same plan first, then by nearness, newest first; never one of the request's own
-- revisions, before or after it.
-- Parameters: tenant_id, request_id, model, precision, least (similarity), limit.
-- Rerun: reads only.
WITH RECURSIVE own AS (
    SELECT request_id, revises_request_id
    FROM segment.request
    WHERE tenant_id = %(tenant_id)s AND request_id = %(request_id)s
    UNION
    SELECT request.request_id, request.revises_request_id
    FROM own
    JOIN segment.request AS request
        ON request.tenant_id = %(tenant_id)s
        AND (request.request_id = own.revises_request_id OR request.revises_request_id = own.request_id)
), asked AS MATERIALIZED (
    SELECT definition.plan, memory.vector
    FROM segment.definition AS definition
    JOIN segment.memory AS memory
        ON memory.tenant_id = %(tenant_id)s AND memory.kind = 'plan' AND memory.reference = %(request_id)s::text
        AND memory.model = %(model)s AND memory.precision = %(precision)s
    WHERE definition.tenant_id = %(tenant_id)s AND definition.request_id = %(request_id)s
), near AS MATERIALIZED (
    -- Equal plans read the same, so that they are among the near ones; the other tables are asked of these only.
    SELECT memory.reference::bigint AS request_id, memory.title, memory.body,
        round((1 - (memory.vector OPERATOR(public.<=>) asked.vector))::numeric, 6)::double precision AS similarity
    FROM asked
    JOIN segment.memory AS memory
        ON memory.tenant_id = %(tenant_id)s AND memory.kind = 'plan'
        AND memory.model = %(model)s AND memory.precision = %(precision)s
    WHERE 1 - (memory.vector OPERATOR(public.<=>) asked.vector) >= %(least)s
)
SELECT near.request_id, definition.segment_id, near.title, near.body AS sentence, request.state, request.requested_by,
    definition.plan = asked.plan AS is_same, near.similarity
FROM near
CROSS JOIN asked
JOIN segment.definition AS definition
    ON definition.tenant_id = %(tenant_id)s AND definition.request_id = near.request_id
JOIN segment.request AS request
    ON request.tenant_id = %(tenant_id)s AND request.request_id = near.request_id
WHERE NOT EXISTS (SELECT FROM own WHERE own.request_id = near.request_id)
ORDER BY is_same DESC, near.similarity DESC, near.request_id DESC
LIMIT %(limit)s
