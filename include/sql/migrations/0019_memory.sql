-- Purpose: what was done before, so that words find it again; and what was asked of the actions, by whom, and with what
-- outcome (docs/concepts/recall.md, docs/concepts/actions.md).

-- Grain: one row a thing worth remembering and what its text is made from. plan: the plan of a request alone, by which
-- near-duplicates are found; request: the same with its name; explanation: what its requester was told; segment: the active version and the campaigns on
-- it; campaign: its name, channels, template and finished runs, and none of its words. input_hash is SHA-256 of inputs.
CREATE VIEW segment.memorable WITH (security_invoker = true) AS
SELECT
    memorable.tenant_id, memorable.kind, memorable.reference, memorable.inputs,
    sha256(convert_to(memorable.inputs::text, 'UTF8')) AS input_hash
FROM (
    SELECT
        definition.tenant_id, 'plan' AS kind, definition.request_id::text AS reference,
        jsonb_build_object('name', definition.name, 'plan', definition.plan) AS inputs
    FROM segment.definition
    WHERE definition.request_id IS NOT NULL
    UNION ALL
    SELECT
        definition.tenant_id, 'request', definition.request_id::text,
        jsonb_build_object('name', definition.name, 'plan', definition.plan)
    FROM segment.definition
    WHERE definition.request_id IS NOT NULL
    UNION ALL
    SELECT
        definition.tenant_id, 'explanation', definition.request_id::text,
        jsonb_build_object(
            'name', definition.name, 'explanation', request.explanation, 'language', request.language)
    FROM segment.definition
    JOIN segment.request USING (tenant_id, request_id)
    WHERE request.explanation IS NOT NULL
    UNION ALL
    SELECT
        definition.tenant_id, 'segment', definition.segment_id,
        jsonb_build_object(
            'name', definition.name, 'plan', definition.plan,
            'campaigns', (
                SELECT coalesce(jsonb_agg(
                    jsonb_build_object('name', campaign.name, 'channels', to_jsonb(campaign.channels))
                    ORDER BY campaign.campaign_id), '[]')
                FROM activation.campaign
                WHERE campaign.tenant_id = definition.tenant_id AND campaign.segment_id = definition.segment_id
            )
        )
    FROM segment.definition
    WHERE definition.state = 'active'
    UNION ALL
    SELECT
        campaign.tenant_id, 'campaign', campaign.campaign_id,
        jsonb_build_object(
            'name', campaign.name, 'channels', to_jsonb(campaign.channels), 'template', campaign.template_id,
            'message_class', campaign.message_class, 'segment_id', campaign.segment_id,
            'segment_name', definition.name, 'plan', definition.plan,
            'runs', (
                SELECT coalesce(jsonb_agg(
                    jsonb_build_object('campaign_run_id', run.campaign_run_id, 'finished_at', run.finished_at)
                    ORDER BY run.campaign_run_id), '[]')
                FROM activation.run
                WHERE run.tenant_id = campaign.tenant_id AND run.campaign_id = campaign.campaign_id
                  AND run.state = 'finished'
            )
        )
    FROM activation.campaign
    LEFT JOIN segment.definition
        ON definition.tenant_id = campaign.tenant_id AND definition.segment_id = campaign.segment_id
        AND definition.state = 'active'
) AS memorable;
GRANT SELECT ON segment.memorable TO leo_loader, leo_writer;

-- Grain: one row a thing that is remembered: its text without contact data, and the vector of the model that is
-- configured. A change of model writes the vector anew.
CREATE TABLE segment.memory (
    tenant_id text NOT NULL REFERENCES ops.tenant,
    kind text NOT NULL CHECK (kind IN ('plan', 'request', 'explanation', 'segment', 'campaign')),
    -- request_id, segment_id or campaign_id.
    reference text NOT NULL,
    title text NOT NULL,
    body text NOT NULL,
    input_hash bytea NOT NULL,
    model text NOT NULL,
    precision text NOT NULL,
    vector public.vector NOT NULL,
    remembered_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, kind, reference)
);
ALTER TABLE segment.memory ALTER COLUMN vector SET STORAGE PLAIN;
CALL ops.protect('segment.memory');

-- Grain: one row a call of a registered action, append-only. arguments hold no contact data; results are ids, states and
-- counts. done: the action did what it says; asked_back: it has to be told more; refused: not allowed or not valid; failed:
-- it could not be done.
CREATE TABLE ops.action_call (
    tenant_id text NOT NULL REFERENCES ops.tenant,
    call_id bigint GENERATED ALWAYS AS IDENTITY,
    -- The request that the call was made for; null: made directly.
    request_id bigint,
    action text NOT NULL,
    arguments jsonb NOT NULL,
    caller text NOT NULL,
    permission text NOT NULL,
    outcome text NOT NULL CHECK (outcome IN ('done', 'asked_back', 'refused', 'failed')),
    problem text,
    results jsonb NOT NULL DEFAULT '{}',
    called_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, call_id),
    FOREIGN KEY (tenant_id, request_id) REFERENCES segment.request,
    CHECK ((outcome IN ('refused', 'failed')) <= (problem IS NOT NULL))
);
-- A task that was killed after its call was recorded makes it again: it is one call.
CREATE UNIQUE INDEX one_call_of_an_action_for_a_request ON ops.action_call (tenant_id, request_id, action, outcome)
    WHERE request_id IS NOT NULL AND outcome IN ('done', 'asked_back');
CALL ops.protect('ops.action_call');
REVOKE UPDATE, DELETE ON ops.action_call FROM leo_loader, leo_writer;

-- Grain: one row a request that was handled: the answer to who asked, and what was done for it (debug: {calls, data};
-- ids, counts and states only).
CREATE TABLE segment.answer (
    tenant_id text NOT NULL,
    request_id bigint NOT NULL,
    answer text NOT NULL,
    debug jsonb NOT NULL,
    answered_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, request_id),
    FOREIGN KEY (tenant_id, request_id) REFERENCES segment.request
);
CALL ops.protect('segment.answer');

-- Grain: one row a prompt that was asked with a key of the asker's own, so that asking again is the same request.
CREATE TABLE segment.asked_key (
    tenant_id text NOT NULL,
    asked_by text NOT NULL,
    key text NOT NULL CHECK (length(key) BETWEEN 1 AND 200),
    request_id bigint NOT NULL,
    PRIMARY KEY (tenant_id, asked_by, key),
    FOREIGN KEY (tenant_id, request_id) REFERENCES segment.request
);
CALL ops.protect('segment.asked_key');
