-- Purpose: from a request in words to members with the reason for each change.

-- Grain: one row a request, inserted by anybody who may ask (the Segment desk, SQL, an API).
CREATE TABLE segment.request (
    tenant_id text NOT NULL REFERENCES ops.tenant,
    request_id bigint GENERATED ALWAYS AS IDENTITY,
    text text NOT NULL CHECK (length(text) BETWEEN 1 AND 4000),
    requested_by text NOT NULL,
    requested_at timestamptz NOT NULL DEFAULT now(),
    -- When a run was last started to draft it.
    collected_at timestamptz,
    -- What "now" means for the request; null: the data's own as-of at drafting.
    as_of timestamptz,
    state text NOT NULL DEFAULT 'submitted' CHECK (state IN (
        'submitted', 'drafted', 'needs_clarification', 'in_review', 'approved', 'rejected', 'sent_back', 'expired',
        'voided', 'failed')),
    planner text,
    sentence text,
    -- The words that were not understood and the questions that would settle them, in the requester's language.
    unplaced text[] NOT NULL DEFAULT '{}',
    questions text[] NOT NULL DEFAULT '{}',
    -- What the request wants done with the segment ({channel, message, message_class}), or null.
    activation jsonb,
    problem text,
    state_changed_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, request_id)
);
CREATE INDEX ON segment.request (tenant_id, state);
CALL ops.protect('segment.request');

-- Grain: one row a version of a segment. hash binds plan, Cypher, parameters, the reading of phrases and the graph's
-- schema version: an approval names it, and nothing runs whose hash differs. Windows roll with every run, so the hash
-- binds them as the plan has them; parameters are those of the as_of of drafting.
CREATE TABLE segment.definition (
    tenant_id text NOT NULL,
    segment_id text NOT NULL CHECK (segment_id ~ '^[a-z0-9][a-z0-9_]{0,62}$'),
    version integer NOT NULL CHECK (version > 0),
    request_id bigint,
    name text NOT NULL,
    plan jsonb NOT NULL,
    sentence text NOT NULL,
    cypher text NOT NULL,
    parameters jsonb NOT NULL,
    -- How each phrase was read, in the order of the plan's leaves: model, threshold, and the topics chosen and missed.
    meaning jsonb NOT NULL DEFAULT '[]',
    schema_version text NOT NULL,
    hash text NOT NULL,
    state text NOT NULL DEFAULT 'draft' CHECK (state IN ('draft', 'active', 'retired')),
    created_at timestamptz NOT NULL DEFAULT now(),
    activated_at timestamptz,
    PRIMARY KEY (tenant_id, segment_id, version),
    FOREIGN KEY (tenant_id, request_id) REFERENCES segment.request
);
CREATE UNIQUE INDEX one_active_version ON segment.definition (tenant_id, segment_id) WHERE state = 'active';
CREATE UNIQUE INDEX one_definition_a_request ON segment.definition (tenant_id, request_id);
CALL ops.protect('segment.definition');

-- Grain: one row a preview of a definition, what the approver is shown.
CREATE TABLE segment.preview (
    tenant_id text NOT NULL,
    segment_id text NOT NULL,
    version integer NOT NULL,
    as_of timestamptz NOT NULL,
    member_count bigint NOT NULL,
    -- [{condition, kept}] from all customers downwards; {channel: count}; ids only.
    funnel jsonb NOT NULL,
    reachable jsonb NOT NULL,
    sample text[] NOT NULL,
    -- [{phrase, customer_id, similarity, kept}]: the members nearest to the threshold of a phrase, on both sides.
    close_calls jsonb NOT NULL DEFAULT '[]',
    took_ms double precision NOT NULL,
    previewed_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, segment_id, version),
    FOREIGN KEY (tenant_id, segment_id, version) REFERENCES segment.definition
);
CALL ops.protect('segment.preview');

-- Grain: one row a decision of a person about a definition.
CREATE TABLE segment.approval (
    tenant_id text NOT NULL,
    segment_id text NOT NULL,
    version integer NOT NULL,
    decision text NOT NULL CHECK (decision IN ('approve', 'reject', 'ask', 'edit')),
    hash text NOT NULL,
    decided_by text NOT NULL,
    decided_at timestamptz NOT NULL,
    note text,
    PRIMARY KEY (tenant_id, segment_id, version),
    FOREIGN KEY (tenant_id, segment_id, version) REFERENCES segment.definition
);
CALL ops.protect('segment.approval');
REVOKE UPDATE, DELETE ON segment.approval FROM leo_loader, leo_writer;

-- Grain: one row a refresh of a segment. interest_model is the one that was computed by, null where the plan asks for
-- no interest.
CREATE TABLE segment.run (
    tenant_id text NOT NULL,
    run_id bigint GENERATED ALWAYS AS IDENTITY,
    segment_id text NOT NULL,
    version integer NOT NULL,
    as_of timestamptz NOT NULL,
    member_count bigint NOT NULL,
    interest_model text,
    entered bigint NOT NULL,
    exited bigint NOT NULL,
    finished_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, run_id),
    FOREIGN KEY (tenant_id, segment_id, version) REFERENCES segment.definition
);
CREATE INDEX ON segment.run (tenant_id, segment_id, run_id);
CALL ops.protect('segment.run');

-- Grain: one row a segment and member, now. graph_key is the surrogate behind the graph id of the IN_SEGMENT edge.
CREATE TABLE segment.membership (
    tenant_id text NOT NULL,
    segment_id text NOT NULL,
    customer_id text NOT NULL,
    graph_key bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
    since timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, segment_id, customer_id),
    UNIQUE (graph_key),
    FOREIGN KEY (tenant_id, customer_id) REFERENCES core.customer
);
CREATE INDEX ON segment.membership (tenant_id, customer_id);
CALL ops.protect('segment.membership');

-- Grain: one row an entry or exit, append-only.
CREATE TABLE segment.membership_change (
    tenant_id text NOT NULL,
    run_id bigint NOT NULL,
    segment_id text NOT NULL,
    customer_id text NOT NULL,
    change text NOT NULL CHECK (change IN ('enter', 'exit')),
    cause text NOT NULL CHECK (cause IN ('data', 'late_data', 'definition', 'interest_model', 'source')),
    changed_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, run_id, customer_id),
    FOREIGN KEY (tenant_id, run_id) REFERENCES segment.run
);
CREATE INDEX ON segment.membership_change (tenant_id, segment_id, customer_id);
CALL ops.protect('segment.membership_change');

GRANT SELECT ON segment.membership TO leo_reader;
