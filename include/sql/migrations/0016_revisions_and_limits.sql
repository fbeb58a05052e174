-- Purpose: requests that change an earlier one, answers that make no segment, what a second reading of a model's plan
-- found, and the limits within which an approved version runs without a person (docs/concepts/requests.md).

ALTER TABLE segment.request
    -- The request that this one changes or answers; null: a request of its own.
    ADD COLUMN revises_request_id bigint,
    -- The approver whose edit this is, beside the requester who still asks; neither may approve it.
    ADD COLUMN edited_by text,
    -- In which language the requester is answered: 'en' or 'vi'.
    ADD COLUMN language text NOT NULL DEFAULT 'en' CHECK (language IN ('en', 'vi')),
    -- What came of the request, in a few sentences for the requester; no contact data.
    ADD COLUMN explanation text,
    ADD FOREIGN KEY (tenant_id, revises_request_id) REFERENCES segment.request,
    ADD CHECK (revises_request_id < request_id),
    DROP CONSTRAINT request_state_check,
    ADD CONSTRAINT request_state_check CHECK (state IN (
        'submitted', 'drafted', 'needs_clarification', 'answered', 'in_review', 'approved', 'rejected', 'sent_back',
        'expired', 'voided', 'failed'));
COMMENT ON COLUMN segment.request.state IS 'answered: it asked for no segment, and the explanation is its answer.';
CREATE INDEX ON segment.request (tenant_id, revises_request_id) WHERE revises_request_id IS NOT NULL;

-- Grain: one row a request whose plan a model made: what a second reading of plan and request found. It is shown to the
-- approver and approves nothing. differences is empty where the reading agrees; problem says why there was no reading.
CREATE TABLE segment.plan_review (
    tenant_id text NOT NULL,
    request_id bigint NOT NULL,
    agrees boolean,
    differences text[] NOT NULL DEFAULT '{}',
    problem text,
    model text,
    prompt_version integer,
    reviewed_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, request_id),
    FOREIGN KEY (tenant_id, request_id) REFERENCES segment.request,
    CHECK ((agrees IS NULL) = (problem IS NOT NULL))
);
CALL ops.protect('segment.plan_review');

-- Grain: one row an approved version: how large it may grow, and how much of it may change in one refresh, before a
-- person is asked again. A version without a row was approved before there were limits.
CREATE TABLE segment.version_limit (
    tenant_id text NOT NULL,
    segment_id text NOT NULL,
    version integer NOT NULL,
    max_members bigint NOT NULL CHECK (max_members >= 0),
    -- Of the members before the refresh, those who enter and those who exit together.
    max_change_percent numeric(7, 1) NOT NULL CHECK (max_change_percent >= 0),
    set_by text NOT NULL,
    set_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, segment_id, version),
    FOREIGN KEY (tenant_id, segment_id, version) REFERENCES segment.definition
);
CALL ops.protect('segment.version_limit');
REVOKE UPDATE, DELETE ON segment.version_limit FROM leo_loader, leo_writer;

-- Grain: one row a refresh that was beyond its version's limits and was held before anything was published. open: waits
-- for a person; released: a person let exactly these numbers pass; used: they were published; rejected: the members stay
-- as they are; lapsed: a later refresh found something else, so there is nothing to decide any more.
CREATE TABLE segment.held_refresh (
    tenant_id text NOT NULL,
    hold_id bigint GENERATED ALWAYS AS IDENTITY,
    segment_id text NOT NULL,
    version integer NOT NULL,
    as_of timestamptz NOT NULL,
    members bigint NOT NULL,
    found bigint NOT NULL,
    entered bigint NOT NULL,
    exited bigint NOT NULL,
    state text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'released', 'used', 'rejected', 'lapsed')),
    opened_at timestamptz NOT NULL DEFAULT now(),
    decided_by text,
    decided_at timestamptz,
    note text,
    PRIMARY KEY (tenant_id, hold_id),
    FOREIGN KEY (tenant_id, segment_id, version) REFERENCES segment.definition
);
CREATE UNIQUE INDEX one_open_hold ON segment.held_refresh (tenant_id, segment_id) WHERE state = 'open';
CALL ops.protect('segment.held_refresh');
