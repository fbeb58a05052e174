-- Purpose: requests that ask for nearly the same as a plan that nobody has submitted: of the same plan, or that reads so.
-- Grain: one row a request that was drafted, the same plan first, then by nearness, newest first; never the request that
-- is being changed, nor one of its revisions. Requests that ended without a segment are left out.
-- Parameters: tenant_id, plan, phrase (the vector of the plan read back), model, precision, least (similarity), limit;
-- request_id (the one that is changed, or null).
-- Rerun: reads only.
WITH RECURSIVE own AS (
    SELECT request_id, revises_request_id
    FROM segment.request
    WHERE tenant_id = %(tenant_id)s AND request_id = %(request_id)s::bigint
    UNION
    SELECT request.request_id, request.revises_request_id
    FROM own
    JOIN segment.request AS request
        ON request.tenant_id = %(tenant_id)s
        AND (request.request_id = own.revises_request_id OR request.revises_request_id = own.request_id)
), near AS MATERIALIZED (
    SELECT memory.reference::bigint AS request_id, memory.title, memory.body,
        round((1 - (memory.vector OPERATOR(public.<=>) %(phrase)s::public.vector))::numeric, 6)::double precision
            AS similarity
    FROM segment.memory AS memory
    WHERE memory.tenant_id = %(tenant_id)s AND memory.kind = 'plan'
        AND memory.model = %(model)s AND memory.precision = %(precision)s
        AND 1 - (memory.vector OPERATOR(public.<=>) %(phrase)s::public.vector) >= %(least)s
)
SELECT near.request_id, definition.segment_id, near.title, near.body AS sentence, request.state, request.requested_by,
    definition.plan = %(plan)s::jsonb AS is_same, near.similarity
FROM near
JOIN segment.definition AS definition
    ON definition.tenant_id = %(tenant_id)s AND definition.request_id = near.request_id
JOIN segment.request AS request
    ON request.tenant_id = %(tenant_id)s AND request.request_id = near.request_id
WHERE request.state IN ('drafted', 'in_review', 'approved', 'sent_back')
    AND NOT EXISTS (SELECT FROM own WHERE own.request_id = near.request_id)
ORDER BY is_same DESC, near.similarity DESC, near.request_id DESC
LIMIT %(limit)s
