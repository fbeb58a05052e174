-- Purpose: people's hold on a campaign: their decisions about its runs, what they did to it while it ran, the addresses of
-- one's own that get a copy, and tests.

-- Grain: one row a decision of a person on a run, never edited. hash is of what they were shown. A run above a threshold
-- needs the approvals of two people of the same hash.
CREATE TABLE activation.approval (
    tenant_id text NOT NULL,
    campaign_run_id bigint NOT NULL,
    -- Airflow's user id, or 'deadline' where nobody decided in time.
    decided_by text NOT NULL CHECK (decided_by <> ''),
    decision text NOT NULL CHECK (decision IN ('approve', 'reject')),
    hash text NOT NULL,
    note text,
    decided_at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, campaign_run_id, decided_by, decision),
    FOREIGN KEY (tenant_id, campaign_run_id) REFERENCES activation.run
);
CALL ops.protect('activation.approval');
REVOKE UPDATE, DELETE ON activation.approval FROM leo_loader, leo_writer;

-- Grain: one row an act of a person (or of a rule, by its name) on a campaign that changed something, never edited.
CREATE TABLE activation.intervention (
    tenant_id text NOT NULL,
    intervention_id bigint GENERATED ALWAYS AS IDENTITY,
    campaign_id text NOT NULL,
    -- Null where it concerned the campaign and not one run.
    campaign_run_id bigint,
    act text NOT NULL CHECK (act IN ('pause', 'resume', 'stop', 'cancel')),
    acted_by text NOT NULL CHECK (acted_by <> ''),
    reason text NOT NULL CHECK (reason <> ''),
    acted_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, intervention_id),
    FOREIGN KEY (tenant_id, campaign_id) REFERENCES activation.campaign,
    FOREIGN KEY (tenant_id, campaign_run_id) REFERENCES activation.run
);
CREATE INDEX ON activation.intervention (tenant_id, campaign_id, intervention_id);
CALL ops.protect('activation.intervention');
REVOKE UPDATE, DELETE ON activation.intervention FROM leo_loader, leo_writer;

-- Grain: one row a list of our own addresses that get a copy of what a campaign sends.
CREATE TABLE activation.seed_list (
    tenant_id text NOT NULL REFERENCES ops.tenant,
    seed_list_id text NOT NULL CHECK (seed_list_id ~ '^[a-z0-9][a-z0-9_]{0,62}$'),
    changed_by text NOT NULL,
    changed_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, seed_list_id)
);
CALL ops.protect('activation.seed_list');

-- Grain: one row an address of a seed list. Contact data of staff: no reader sees it.
CREATE TABLE activation.seed_address (
    tenant_id text NOT NULL,
    seed_list_id text NOT NULL,
    channel text NOT NULL,
    address text NOT NULL CHECK (address <> ''),
    address_hash bytea NOT NULL,
    PRIMARY KEY (tenant_id, seed_list_id, channel, address_hash),
    FOREIGN KEY (tenant_id, seed_list_id) REFERENCES activation.seed_list ON DELETE CASCADE
);
CALL ops.protect('activation.seed_address');
REVOKE SELECT ON activation.seed_address FROM leo_report_owner;

-- One message an address is a promise to customers: a reviewer gets each language and variant of a test, and a member of
-- staff who is a customer too gets the copy beside their own message.
DROP INDEX activation.one_message_an_address;
CREATE UNIQUE INDEX one_message_an_address ON activation.delivery (tenant_id, campaign_run_id, channel, step, address_hash)
    WHERE state NOT IN ('skipped', 'cancelled') AND recipient_kind = 'customer';
