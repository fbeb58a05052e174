-- Purpose: campaigns and the delivery ledger (docs/concepts/ledger.md draws its states).

-- Grain: one row a version of a template and channel. Versions are never edited; a campaign names a version and each of
-- its channels uses its own row.
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
    PRIMARY KEY (tenant_id, template_id, version, channel)
);
CALL ops.protect('activation.template');
REVOKE UPDATE ON activation.template FROM leo_loader, leo_writer;

-- Grain: one row a tenant and channel: who its messages come from ("Brand <address>" for e-mail).
CREATE TABLE activation.sender (
    tenant_id text NOT NULL REFERENCES ops.tenant,
    channel text NOT NULL,
    sender text NOT NULL,
    PRIMARY KEY (tenant_id, channel)
);
CALL ops.protect('activation.sender');

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
    -- What bounds the audience beside consent: {holdout_share}; leo_activation.activation.campaigns.Policy.
    policy jsonb NOT NULL DEFAULT '{}',
    request_id bigint,
    requested_by text NOT NULL,
    state text NOT NULL DEFAULT 'draft'
        CHECK (state IN ('draft', 'ready', 'in_review', 'approved', 'finished', 'rejected', 'stopped')),
    missing text[] NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, campaign_id),
    CHECK ((template_id IS NULL) = (template_version IS NULL)),
    FOREIGN KEY (tenant_id, request_id) REFERENCES segment.request
);
CREATE UNIQUE INDEX one_campaign_a_request ON activation.campaign (tenant_id, request_id);
CALL ops.protect('activation.campaign');

-- Grain: one row a run of a campaign. hash binds the audience's definition, the content and the policy.
CREATE TABLE activation.run (
    tenant_id text NOT NULL,
    campaign_run_id bigint GENERATED ALWAYS AS IDENTITY,
    campaign_id text NOT NULL,
    orchestrator_run_id text NOT NULL,
    as_of timestamptz NOT NULL,
    segment_version integer NOT NULL,
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
CREATE INDEX leased ON activation.delivery (tenant_id, leased_until) WHERE state IN ('claimed', 'sending');
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
    provider_message_id text,
    -- True where the answer came after another worker had taken over: evidence only.
    late boolean NOT NULL DEFAULT false,
    finished_at timestamptz,
    PRIMARY KEY (tenant_id, delivery_id, fence),
    FOREIGN KEY (tenant_id, delivery_id) REFERENCES activation.delivery
);
CALL ops.protect('activation.attempt');
REVOKE DELETE ON activation.delivery, activation.attempt FROM leo_loader, leo_writer;

-- What a customer has agreed to on a channel for a purpose: the latest statement of each of the customer's profiles,
-- also of deleted ones, and the strictest of them. 'any' as a channel can take consent away, never give it.
-- One definition for the plan of an audience and for the check at the moment of sending; a set-returning SQL
-- function, because the planner inlines those.
CREATE FUNCTION activation.consent_of(tenant text, customer text, on_channel text, for_purpose text)
    RETURNS TABLE (recorded boolean, granted boolean)
    LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT
        count(*) > 0,
        coalesce(bool_and(latest.state = 'granted') AND bool_or(latest.channel = on_channel), false)
    FROM core.profile
    CROSS JOIN unnest(ARRAY[on_channel, 'any']) AS stated (channel)
    CROSS JOIN LATERAL (
        SELECT consent.channel, consent.state
        FROM core.consent
        WHERE consent.tenant_id = tenant AND consent.profile_id = profile.profile_id
          AND consent.channel = stated.channel AND consent.purpose = for_purpose
        ORDER BY consent.since DESC, consent.consent_id DESC
        LIMIT 1
    ) AS latest
    WHERE profile.tenant_id = tenant AND profile.customer_id = customer;
END;

-- Whether an address may not be written to for a purpose. Whoever unsubscribed still gets what they need to have
-- (transactional); bounces, complaints, objections and erasure stop everything.
CREATE FUNCTION activation.suppression_of(tenant text, on_channel text, address bytea, for_purpose text)
    RETURNS TABLE (reason text)
    LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT suppression.reason
    FROM core.suppression
    WHERE suppression.tenant_id = tenant AND suppression.channel = on_channel AND suppression.address_hash = address
      AND (suppression.reason <> 'unsubscribed' OR for_purpose = 'marketing');
END;
