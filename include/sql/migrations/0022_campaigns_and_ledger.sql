-- Purpose: what campaigns, their runs and their deliveries have in common: several segments, a schedule, versions, tests and
-- seeds, fallback over channels, and the events by which providers say what became of a message.

-- A campaign is for the members of segment_id and of more_segment_ids, less those of without_segment_ids. The columns are
-- what is wanted now; each state of them that was complete is kept in activation.campaign_version.
ALTER TABLE activation.campaign
    ADD COLUMN more_segment_ids text[] NOT NULL DEFAULT '{}',
    ADD COLUMN without_segment_ids text[] NOT NULL DEFAULT '{}',
    -- leo_activation.activation.schedules.Schedule.
    ADD COLUMN schedule jsonb NOT NULL DEFAULT '{"kind": "once"}',
    -- leo_activation.activation.schedules.ReEntry: who may get the campaign again.
    ADD COLUMN re_entry jsonb NOT NULL DEFAULT '{"rule": "never"}',
    -- 1 goes first where two campaigns want the same person within a cap.
    ADD COLUMN priority smallint NOT NULL DEFAULT 100 CHECK (priority BETWEEN 1 AND 1000),
    -- leo_activation.activation.variants.Variant: the other templates of an A/B comparison with their shares.
    ADD COLUMN variants jsonb NOT NULL DEFAULT '[]',
    ADD COLUMN seed_list_id text,
    ADD COLUMN version integer,
    ADD COLUMN paused_at timestamptz,
    ADD COLUMN paused_by text;
ALTER TABLE activation.campaign DROP CONSTRAINT campaign_state_check;
ALTER TABLE activation.campaign ADD CONSTRAINT campaign_state_check CHECK (state IN (
    'draft', 'ready', 'in_review', 'approved', 'finished', 'rejected', 'stopped', 'cancelled'));

-- Grain: one row a version of a campaign, never edited. definition is the campaign as it was submitted; hash binds it
-- together with the definitions of its segments, the content of its templates and the policy of the tenant.
CREATE TABLE activation.campaign_version (
    tenant_id text NOT NULL,
    campaign_id text NOT NULL,
    version integer NOT NULL CHECK (version > 0),
    hash text NOT NULL,
    definition jsonb NOT NULL,
    submitted_by text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, campaign_id, version),
    FOREIGN KEY (tenant_id, campaign_id) REFERENCES activation.campaign
);
CALL ops.protect('activation.campaign_version');
REVOKE UPDATE, DELETE ON activation.campaign_version FROM leo_loader, leo_writer;

ALTER TABLE activation.run
    ADD COLUMN kind text NOT NULL DEFAULT 'campaign' CHECK (kind IN ('campaign', 'test')),
    ADD COLUMN version integer,
    -- The moment of the schedule that this run is for; one run a moment.
    ADD COLUMN due_at timestamptz,
    -- Approved without a person, because a version approved before allows a run of this size.
    ADD COLUMN within_limits boolean NOT NULL DEFAULT false,
    ADD COLUMN approvals_needed smallint NOT NULL DEFAULT 1 CHECK (approvals_needed BETWEEN 1 AND 2),
    -- Why the run was stopped, in one sentence.
    ADD COLUMN stop_reason text;
CREATE UNIQUE INDEX one_run_a_moment ON activation.run (tenant_id, campaign_id, due_at)
    WHERE kind = 'campaign' AND due_at IS NOT NULL;

-- customer: a person of the audience. seed: one of our own addresses that gets a copy. reviewer: a test send. Only the
-- first counts in reports, caps and exposure.
ALTER TABLE activation.delivery
    ADD COLUMN recipient_kind text NOT NULL DEFAULT 'customer'
        CHECK (recipient_kind IN ('customer', 'seed', 'reviewer')),
    ADD COLUMN language text,
    ADD COLUMN variant text,
    ADD COLUMN cost_minor bigint,
    -- The receiving domain of an e-mail address: pacing and rates are kept by it. Stays when the address is wiped.
    ADD COLUMN domain text,
    -- By what a delivery came to its end: the provider's answer, an event, a log, or the deadline.
    ADD COLUMN settled_by text CHECK (settled_by IN ('answer', 'event', 'log', 'deadline'));
ALTER TABLE activation.delivery DROP CONSTRAINT delivery_skip_reason_check;
ALTER TABLE activation.delivery ADD CONSTRAINT delivery_skip_reason_check CHECK (skip_reason IN (
    'suppressed', 'no_consent', 'no_address', 'duplicate_address', 're_entry', 'capped', 'quota', 'budget',
    'control_group', 'holdout', 'not_allowed', 'left_segment', 'past_send_by', 'no_quiet_hours_left', 'not_due_yet'));
CREATE INDEX unknown_deliveries ON activation.delivery (tenant_id, state_changed_at) WHERE state = 'unknown';

ALTER TABLE activation.attempt ADD COLUMN provider text;
CREATE INDEX attempt_provider_message ON activation.attempt (tenant_id, provider, provider_message_id)
    WHERE provider_message_id IS NOT NULL;

-- Each language has its own form of a template version; '' is the form of a template that has only one.
ALTER TABLE activation.template ADD COLUMN language text NOT NULL DEFAULT '';
ALTER TABLE activation.template DROP CONSTRAINT template_pkey;
ALTER TABLE activation.template ADD PRIMARY KEY (tenant_id, template_id, version, channel, language);

-- Which provider carries a tenant's messages on a channel (file, smtp, sendgrid); null: the first that is set up.
ALTER TABLE activation.sender ADD COLUMN provider text;

-- Grain: one row an event that a provider told about a message, once however often it was told. Holds no contact data.
CREATE TABLE activation.provider_event (
    tenant_id text NOT NULL REFERENCES ops.tenant,
    provider text NOT NULL,
    -- The provider's own name of the event (sg_event_id), or a hash of what makes it one.
    provider_event_id text NOT NULL,
    delivery_id uuid,
    kind text NOT NULL CHECK (kind IN (
        'accepted', 'delivered', 'deferred', 'bounced', 'blocked', 'dropped', 'complained', 'opened', 'clicked',
        'unsubscribed')),
    -- Opened by a mail program's own fetching, not by a person.
    by_machine boolean NOT NULL DEFAULT false,
    permanent boolean,
    -- The provider's code and words, cut, less addresses.
    detail text,
    occurred_at timestamptz NOT NULL,
    received_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, provider, provider_event_id)
);
CREATE INDEX ON activation.provider_event (tenant_id, delivery_id);
CREATE INDEX ON activation.provider_event (tenant_id, kind, occurred_at);
CALL ops.protect('activation.provider_event');
REVOKE UPDATE, DELETE ON activation.provider_event FROM leo_loader, leo_writer;
