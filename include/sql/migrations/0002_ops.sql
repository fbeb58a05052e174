-- Purpose: the registry of tenants, the runs of the sync, what it set aside, and the guard before every send.

-- Grain: one row a tenant. No row security: it is the registry by which connections are bound.
CREATE TABLE ops.tenant (
    tenant_id text PRIMARY KEY CHECK (tenant_id ~ '^[a-z][a-z0-9_]{2,30}$'),
    name text NOT NULL,
    graph_name text NOT NULL UNIQUE GENERATED ALWAYS AS ('graph_' || tenant_id) STORED,
    time_zone text NOT NULL DEFAULT 'UTC',
    currency char(3) NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    minor_units smallint NOT NULL DEFAULT 2 CHECK (minor_units BETWEEN 0 AND 3),
    language text NOT NULL DEFAULT 'en',
    interest_model text NOT NULL CHECK (interest_model IN ('event_weight', 'leo_event_metric')),
    interest_half_life_days numeric CHECK (interest_half_life_days > 0),
    luxury_threshold_minor bigint,
    -- Why marketing may be sent where the source holds no consent at all; null: no consent record, no message.
    consent_basis text,
    -- Production sends leave the allow-list only after an administrator armed the tenant.
    armed_at timestamptz,
    armed_by text,
    created_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON COLUMN ops.tenant.luxury_threshold_minor IS
    'Customers who spent more than this (minor units of currency) like luxury items; null: no such topic.';
GRANT SELECT ON ops.tenant TO leo_loader, leo_writer, leo_reader, leo_report_owner;

-- Grain: one row a tenant: where its customer data is read from.
CREATE TABLE ops.source (
    tenant_id text PRIMARY KEY REFERENCES ops.tenant,
    kind text NOT NULL CHECK (kind IN ('arangodb', 'arangodump', 'csv')),
    -- A folder (arangodump, csv) or the id of an Airflow connection (arangodb); never a secret.
    location text NOT NULL
);
CALL ops.protect('ops.source');

-- Grain: one row a sync. The state names the last step that was committed.
CREATE TABLE ops.sync_run (
    sync_run_id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    tenant_id text NOT NULL REFERENCES ops.tenant,
    orchestrator_run_id text NOT NULL,
    -- Set by the extraction, which is the first to meet the source.
    source_kind text CHECK (source_kind IN ('arangodb', 'arangodump', 'csv')),
    as_of timestamptz,
    state text NOT NULL DEFAULT 'opened'
        CHECK (state IN ('opened', 'staged', 'checked', 'merged', 'projected', 'stopped')),
    rows_read bigint,
    rows_passed bigint,
    rows_quarantined bigint,
    counts jsonb NOT NULL DEFAULT '{}',
    problem text,
    started_at timestamptz NOT NULL DEFAULT now(),
    finished_at timestamptz,
    UNIQUE (tenant_id, orchestrator_run_id)
);
COMMENT ON COLUMN ops.sync_run.as_of IS 'What "now" means downstream: given, or the latest event read.';
CALL ops.protect('ops.sync_run');

-- Grain: one row a rejected source row, kept whole less the never-copied fields, so that it can be mended and replayed.
-- rule is the first one broken, in the order of docs/decisions/quality-gate.md.
CREATE TABLE ops.quarantine (
    quarantine_id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    tenant_id text NOT NULL REFERENCES ops.tenant,
    sync_run_id bigint NOT NULL REFERENCES ops.sync_run,
    collection text NOT NULL,
    line bigint NOT NULL,
    source_key text,
    rule text NOT NULL,
    raw bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (tenant_id, sync_run_id, collection, line)
);
CALL ops.protect('ops.quarantine');

-- Grain: one row an address that may be sent to outside production.
CREATE TABLE ops.allowed_address (
    tenant_id text NOT NULL REFERENCES ops.tenant,
    channel text NOT NULL,
    address_hash bytea NOT NULL,
    note text NOT NULL,
    allowed_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, channel, address_hash)
);
CALL ops.protect('ops.allowed_address');

-- Grain: one row, for every tenant together. Engaged: nothing is sent by anybody until it is released.
CREATE TABLE ops.kill_switch (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    engaged boolean NOT NULL DEFAULT false,
    reason text,
    changed_by text,
    changed_at timestamptz NOT NULL DEFAULT now()
);
INSERT INTO ops.kill_switch DEFAULT VALUES;
GRANT SELECT ON ops.kill_switch TO leo_loader, leo_reader, leo_report_owner;
GRANT SELECT, UPDATE ON ops.kill_switch TO leo_writer;

-- Grain: one row a named thing of the graph that has no table of its own (Category, Brand, Segment): the surrogate
-- behind its graph id.
CREATE TABLE ops.graph_name (
    tenant_id text NOT NULL REFERENCES ops.tenant,
    label text NOT NULL,
    name text NOT NULL,
    graph_key bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
    PRIMARY KEY (tenant_id, label, name),
    UNIQUE (graph_key)
);
CALL ops.protect('ops.graph_name');

-- The stage: the loader makes a schema for each run, which therefore nobody else can reach.
DO $$ BEGIN EXECUTE format('GRANT CREATE ON DATABASE %I TO leo_loader', current_database()); END $$;

-- Statistics after a bulk change: only an owner may ANALYZE, and the roles that write own no table.
CREATE FUNCTION ops.analyze_table(target regclass) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, ag_catalog, pg_temp AS $$
BEGIN
    EXECUTE format('ANALYZE %s', target);
END
$$;
REVOKE ALL ON FUNCTION ops.analyze_table FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ops.analyze_table TO leo_loader, leo_writer;
