-- Purpose: campaigns and the delivery ledger (docs/concepts/ledger.md draws its states).

-- Grain: one row a version of a template. Versions are never edited.
CREATE TABLE activation.template (
    tenant_id text NOT NULL REFERENCES ops.tenant,
    template_id text NOT NULL,
    version integer NOT NULL CHECK (version > 0),
    channel text NOT NULL,
    subject text,
    body_text text NOT NULL,
    body_html text,
    -- The provider's own approved template, where the channel demands one (Zalo).
    provider_template_id text,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, template_id, version)
);
CALL ops.protect('activation.template');
REVOKE UPDATE ON activation.template FROM leo_loader, leo_writer;

-- Grain: one row a campaign. A campaign that lacks something stays a draft and says what in missing.
CREATE TABLE activation.campaign (
    tenant_id text NOT NULL REFERENCES ops.tenant,
    campaign_id text NOT NULL CHECK (campaign_id ~ '^[a-z0-9][a-z0-9_]{0,62}$'),
    name text NOT NULL,
    segment_id text NOT NULL,
    channels text[] NOT NULL CHECK (cardinality(channels) > 0),
    template_id text,
    template_version integer,
    message text,
    message_class text NOT NULL CHECK (message_class IN ('marketing', 'transactional')),
    sender text,
    request_id bigint,
    requested_by text NOT NULL,
    state text NOT NULL DEFAULT 'draft'
        CHECK (state IN ('draft', 'ready', 'in_review', 'approved', 'finished', 'rejected', 'stopped')),
    missing text[] NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, campaign_id),
    FOREIGN KEY (tenant_id, template_id, template_version) REFERENCES activation.template
);
CALL ops.protect('activation.campaign');

-- Grain: one row a run of a campaign. hash binds the audience's definition, the content and the policy.
CREATE TABLE activation.run (
    tenant_id text NOT NULL,
    campaign_run_id bigint GENERATED ALWAYS AS IDENTITY,
    campaign_id text NOT NULL,
    orchestrator_run_id text NOT NULL,
    as_of timestamptz NOT NULL,
    hash text NOT NULL,
    state text NOT NULL DEFAULT 'planned'
        CHECK (state IN ('planned', 'approved', 'sending', 'finished', 'rejected', 'stopped')),
    decided_by text,
    decided_at timestamptz,
    planned_at timestamptz NOT NULL DEFAULT now(),
    finished_at timestamptz,
    PRIMARY KEY (tenant_id, campaign_run_id),
    UNIQUE (tenant_id, campaign_id, orchestrator_run_id),
    FOREIGN KEY (tenant_id, campaign_id) REFERENCES activation.campaign
);
CALL ops.protect('activation.run');

-- Grain: one row a step of the waterfall of a run.
CREATE TABLE activation.audience_step (
    tenant_id text NOT NULL,
    campaign_run_id bigint NOT NULL,
    position smallint NOT NULL,
    step text NOT NULL,
    kept bigint NOT NULL,
    dropped bigint NOT NULL,
    PRIMARY KEY (tenant_id, campaign_run_id, position),
    FOREIGN KEY (tenant_id, campaign_run_id) REFERENCES activation.run
);
CALL ops.protect('activation.audience_step');

-- Grain: one row a person, channel and step of a run: the ledger. Everybody who matched has a row; who is not sent to
-- is 'skipped' with the reason.
CREATE TABLE activation.delivery (
    tenant_id text NOT NULL,
    delivery_id uuid NOT NULL DEFAULT gen_random_uuid(),
    campaign_run_id bigint NOT NULL,
    customer_id text NOT NULL,
    profile_id text,
    channel text NOT NULL,
    step smallint NOT NULL DEFAULT 1,
    address text,
    address_hash bytea,
    state text NOT NULL CHECK (state IN (
        'planned', 'skipped', 'ready', 'claimed', 'sending', 'accepted', 'rejected', 'retry', 'unknown', 'cancelled')),
    skip_reason text CHECK (skip_reason IN (
        'suppressed', 'no_consent', 'no_address', 'duplicate_address', 'capped', 'quota', 'holdout', 'not_allowed',
        'left_segment', 'past_send_by')),
    not_before timestamptz,
    send_by timestamptz,
    attempts smallint NOT NULL DEFAULT 0,
    -- Rises with every claim; an answer that carries an older one is evidence, not a change of state.
    fence bigint NOT NULL DEFAULT 0,
    leased_by text,
    leased_until timestamptz,
    provider_message_id text,
    state_changed_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, delivery_id),
    UNIQUE (tenant_id, campaign_run_id, customer_id, channel, step),
    FOREIGN KEY (tenant_id, campaign_run_id) REFERENCES activation.run,
    CHECK ((state = 'skipped') = (skip_reason IS NOT NULL))
);
CREATE UNIQUE INDEX one_message_an_address ON activation.delivery (tenant_id, campaign_run_id, channel, step, address_hash)
    WHERE state NOT IN ('skipped', 'cancelled');
CREATE INDEX ON activation.delivery (tenant_id, campaign_run_id, state, not_before);
CREATE INDEX ON activation.delivery (tenant_id, customer_id, channel, state_changed_at);
CALL ops.protect('activation.delivery');

-- Grain: one row an attempt, committed before its first byte leaves.
CREATE TABLE activation.attempt (
    tenant_id text NOT NULL,
    delivery_id uuid NOT NULL,
    fence bigint NOT NULL,
    started_at timestamptz NOT NULL DEFAULT now(),
    worker text NOT NULL,
    phase text,
    outcome text CHECK (outcome IN ('accepted', 'rejected', 'retry', 'unknown')),
    -- The provider's code and words, cut, less addresses.
    answer text,
    -- True where the answer came after another worker had taken over: evidence only.
    late boolean NOT NULL DEFAULT false,
    finished_at timestamptz,
    PRIMARY KEY (tenant_id, delivery_id, fence),
    FOREIGN KEY (tenant_id, delivery_id) REFERENCES activation.delivery
);
CALL ops.protect('activation.attempt');
REVOKE DELETE ON activation.delivery, activation.attempt FROM leo_loader, leo_writer;
