-- Purpose: the audit log (docs/concepts/audit.md): who asked, who decided, what was sent and what was erased, in an order
-- that cannot be changed afterwards without being seen.
--
-- What happens is noted by triggers in the transaction in which it happens, in audit.pending: nobody waits for anybody.
-- audit.seal moves what was noted into audit.log, a batch at a time: there the entries are numbered, persons and users become
-- keyed pseudonyms, and each batch's hash covers the hash of the batch before it. No role may write the log but by it.
CREATE SCHEMA audit;
GRANT USAGE ON SCHEMA audit TO leo_writer, leo_report_owner;

-- Grain: one row something that happened and is not sealed yet.
CREATE TABLE audit.pending (
    tenant_id text NOT NULL,
    pending_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    happened_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    action text NOT NULL,
    -- What it happened to: request:<id>, segment:<id>:<version>, campaign:<id>, run:<id>, delivery:<id>, address:<keyed hash>,
    -- source (a record that is no more).
    reference text NOT NULL,
    -- The user or program that did it, and the customer it was done to, as the tables name them.
    actor text,
    person text,
    facts jsonb NOT NULL DEFAULT '{}'
);
CREATE INDEX ON audit.pending (tenant_id, pending_id);
CALL ops.protect('audit.pending');

-- Grain: one row an entry, numbered without a gap. actor and person are HMAC-SHA-256 under the installation's key.
CREATE TABLE audit.log (
    tenant_id text NOT NULL,
    position bigint NOT NULL CHECK (position > 0),
    batch bigint NOT NULL,
    happened_at timestamptz NOT NULL,
    action text NOT NULL,
    reference text NOT NULL,
    actor bytea,
    person bytea,
    facts jsonb NOT NULL,
    hash bytea NOT NULL,
    PRIMARY KEY (tenant_id, position)
);
CREATE INDEX ON audit.log (tenant_id, reference);
CREATE INDEX ON audit.log (tenant_id, person) WHERE person IS NOT NULL;
CALL ops.protect('audit.log');

-- Grain: one row a batch; hash covers its entries' hashes in their order and the hash of the batch before it.
CREATE TABLE audit.batch (
    tenant_id text NOT NULL,
    batch bigint NOT NULL CHECK (batch > 0),
    first_position bigint NOT NULL,
    last_position bigint NOT NULL,
    previous_hash bytea NOT NULL,
    hash bytea NOT NULL,
    sealed_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, batch)
);
CALL ops.protect('audit.batch');

REVOKE ALL ON audit.pending, audit.log, audit.batch FROM leo_loader, leo_writer;
GRANT SELECT ON audit.pending, audit.log, audit.batch TO leo_writer;

CREATE FUNCTION audit.pseudonym(tenant text, kind text, id text, key bytea) RETURNS bytea
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN public.hmac(convert_to(tenant || ':' || kind || ':' || id, 'UTF8'), key, 'sha256');
GRANT EXECUTE ON FUNCTION audit.pseudonym TO leo_writer;

-- A moment as the hashes spell it: UTC to the microsecond.
CREATE FUNCTION audit.moment(at timestamptz) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"');

-- Seal at most so many of what the bound tenant has pending. One row: the batch, or none where nothing was pending. Sealers
-- of one tenant wait for each other; whoever notes something waits for nobody.
CREATE FUNCTION audit.seal(tenant text, key bytea, at_most integer) RETURNS SETOF audit.batch
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    last audit.batch;
    made audit.batch;
    entries bytea;
BEGIN
    IF tenant IS DISTINCT FROM ops.current_tenant() THEN
        RAISE EXCEPTION 'The connection is not bound to the tenant whose log is to be sealed.';
    END IF;
    PERFORM pg_advisory_xact_lock(hashtextextended('audit.seal:' || tenant, 0));
    SELECT * INTO last FROM audit.batch WHERE tenant_id = tenant ORDER BY batch DESC LIMIT 1;
    made.tenant_id := tenant;
    made.batch := coalesce(last.batch, 0) + 1;
    made.first_position := coalesce(last.last_position, 0) + 1;
    made.previous_hash := coalesce(last.hash, ''::bytea);
    made.sealed_at := clock_timestamp();
    WITH taken AS (
        DELETE FROM audit.pending
        WHERE tenant_id = tenant AND pending_id IN (
            SELECT pending_id FROM audit.pending WHERE tenant_id = tenant ORDER BY pending_id LIMIT at_most
        )
        RETURNING *
    ), numbered AS (
        SELECT
            coalesce(last.last_position, 0) + row_number() OVER (ORDER BY pending_id) AS position, happened_at, action,
            reference, audit.pseudonym(tenant, 'user', actor, key) AS actor,
            audit.pseudonym(tenant, 'customer', person, key) AS person, facts
        FROM taken
    ), written AS (
        INSERT INTO audit.log (tenant_id, position, batch, happened_at, action, reference, actor, person, facts, hash)
        SELECT
            tenant, position, made.batch, happened_at, action, reference, actor, person, facts,
            sha256(convert_to(jsonb_build_array(
                tenant, position, audit.moment(happened_at), action, reference, encode(actor, 'hex'),
                encode(person, 'hex'), facts::text)::text, 'UTF8'))
        FROM numbered
        RETURNING position, hash
    )
    SELECT max(position), sha256(string_agg(hash, ''::bytea ORDER BY position)) INTO made.last_position, entries
    FROM written;
    IF made.last_position IS NULL THEN
        RETURN;
    END IF;
    made.hash := sha256(convert_to(jsonb_build_array(
        tenant, made.batch, made.first_position, made.last_position, encode(made.previous_hash, 'hex'),
        audit.moment(made.sealed_at), encode(entries, 'hex'))::text, 'UTF8'));
    INSERT INTO audit.batch SELECT made.*;
    RETURN NEXT made;
END
$$;
REVOKE ALL ON FUNCTION audit.seal FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audit.seal TO leo_writer;

-- One row noted; what the triggers of single rows use.
CREATE FUNCTION audit.note(tenant text, action text, reference text, actor text, person text, facts jsonb) RETURNS void
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    INSERT INTO audit.pending (tenant_id, action, reference, actor, person, facts)
    VALUES (tenant, action, reference, actor, person, jsonb_strip_nulls(facts));
END;
REVOKE ALL ON FUNCTION audit.note FROM PUBLIC;

-- Requests in words.
CREATE FUNCTION audit.note_request() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM audit.note(
        NEW.tenant_id, 'request.' || NEW.state, 'request:' || NEW.request_id,
        CASE TG_OP WHEN 'INSERT' THEN NEW.requested_by END, NULL, '{}');
    RETURN NULL;
END
$$;
CREATE TRIGGER audit_submitted AFTER INSERT ON segment.request FOR EACH ROW EXECUTE FUNCTION audit.note_request();
CREATE TRIGGER audit_state AFTER UPDATE OF state ON segment.request
    FOR EACH ROW WHEN (NEW.state IS DISTINCT FROM OLD.state) EXECUTE FUNCTION audit.note_request();

-- Decisions about definitions and about refreshes that were held.
CREATE FUNCTION audit.note_segment_decision() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM audit.note(
        NEW.tenant_id, 'segment.' || NEW.decision, 'segment:' || NEW.segment_id || ':' || NEW.version, NEW.decided_by, NULL,
        jsonb_build_object('hash', NEW.hash));
    RETURN NULL;
END
$$;
CREATE TRIGGER audit_decision AFTER INSERT ON segment.approval
    FOR EACH ROW EXECUTE FUNCTION audit.note_segment_decision();

CREATE FUNCTION audit.note_hold() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM audit.note(
        NEW.tenant_id, 'refresh.' || NEW.state, 'segment:' || NEW.segment_id || ':' || NEW.version, NEW.decided_by, NULL, '{}');
    RETURN NULL;
END
$$;
CREATE TRIGGER audit_state AFTER UPDATE OF state ON segment.held_refresh
    FOR EACH ROW WHEN (NEW.state IS DISTINCT FROM OLD.state) EXECUTE FUNCTION audit.note_hold();

-- Campaigns and their runs.
CREATE FUNCTION audit.note_campaign_version() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM audit.note(
        NEW.tenant_id, 'campaign.submitted', 'campaign:' || NEW.campaign_id, NEW.submitted_by, NULL,
        jsonb_build_object('version', NEW.version, 'hash', NEW.hash));
    RETURN NULL;
END
$$;
CREATE TRIGGER audit_submitted AFTER INSERT ON activation.campaign_version
    FOR EACH ROW EXECUTE FUNCTION audit.note_campaign_version();

CREATE FUNCTION audit.note_run_decision() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM audit.note(
        NEW.tenant_id, 'decision.' || NEW.decision, 'run:' || NEW.campaign_run_id, NEW.decided_by, NULL,
        jsonb_build_object('hash', NEW.hash));
    RETURN NULL;
END
$$;
CREATE TRIGGER audit_decision AFTER INSERT ON activation.approval
    FOR EACH ROW EXECUTE FUNCTION audit.note_run_decision();

CREATE FUNCTION audit.note_intervention() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM audit.note(
        NEW.tenant_id, 'campaign.' || NEW.act, 'campaign:' || NEW.campaign_id, NEW.acted_by, NULL,
        jsonb_build_object('run', NEW.campaign_run_id));
    RETURN NULL;
END
$$;
CREATE TRIGGER audit_intervention AFTER INSERT ON activation.intervention
    FOR EACH ROW EXECUTE FUNCTION audit.note_intervention();

CREATE FUNCTION audit.note_run() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM audit.note(
        NEW.tenant_id, 'run.' || NEW.state, 'run:' || NEW.campaign_run_id,
        CASE WHEN NEW.state IN ('approved', 'rejected') THEN NEW.decided_by END, NULL,
        jsonb_build_object(
            'campaign_id', NEW.campaign_id, 'version', NEW.version, 'kind', NEW.kind, 'hash', NEW.hash,
            'within_limits', NEW.within_limits));
    RETURN NULL;
END
$$;
CREATE TRIGGER audit_planned AFTER INSERT ON activation.run FOR EACH ROW EXECUTE FUNCTION audit.note_run();
CREATE TRIGGER audit_state AFTER UPDATE OF state ON activation.run
    FOR EACH ROW WHEN (NEW.state IS DISTINCT FROM OLD.state) EXECUTE FUNCTION audit.note_run();

-- Sends: an attempt that begins, what it led to, and what evidence settled afterwards.
CREATE FUNCTION audit.note_attempts_begun() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    INSERT INTO audit.pending (tenant_id, action, reference, person, facts)
    SELECT
        begun.tenant_id, 'send.began', 'delivery:' || begun.delivery_id,
        CASE delivery.recipient_kind WHEN 'customer' THEN delivery.customer_id END,
        jsonb_build_object('fence', begun.fence, 'run', delivery.campaign_run_id, 'channel', delivery.channel)
    FROM begun
    JOIN activation.delivery USING (tenant_id, delivery_id);
    RETURN NULL;
END
$$;
CREATE TRIGGER audit_begun AFTER INSERT ON activation.attempt
    REFERENCING NEW TABLE AS begun FOR EACH STATEMENT EXECUTE FUNCTION audit.note_attempts_begun();

CREATE FUNCTION audit.note_attempts_answered() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    INSERT INTO audit.pending (tenant_id, action, reference, facts)
    SELECT
        tenant_id, 'send.answered', 'delivery:' || delivery_id,
        jsonb_build_object('fence', fence, 'outcome', answered.outcome, 'phase', answered.phase, 'late', answered.late)
    FROM answered
    JOIN before USING (tenant_id, delivery_id, fence)
    -- What a log adds to an attempt afterwards is no answer of the provider's.
    WHERE answered.outcome IS NOT NULL
      AND (answered.outcome, answered.phase, answered.late) IS DISTINCT FROM (before.outcome, before.phase, before.late);
    RETURN NULL;
END
$$;
CREATE TRIGGER audit_answered AFTER UPDATE ON activation.attempt
    REFERENCING OLD TABLE AS before NEW TABLE AS answered
    FOR EACH STATEMENT EXECUTE FUNCTION audit.note_attempts_answered();

CREATE FUNCTION audit.note_settled() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM audit.note(
        NEW.tenant_id, 'send.settled', 'delivery:' || NEW.delivery_id, NULL, NULL,
        jsonb_build_object('state', NEW.state, 'by', NEW.settled_by));
    RETURN NULL;
END
$$;
CREATE TRIGGER audit_settled AFTER UPDATE OF settled_by ON activation.delivery
    FOR EACH ROW
    WHEN (NEW.settled_by IN ('event', 'log', 'deadline') AND NEW.settled_by IS DISTINCT FROM OLD.settled_by)
    EXECUTE FUNCTION audit.note_settled();

-- Addresses that are written to no more (an erasure is one of the reasons), and those that may be written to in a sandbox.
CREATE FUNCTION audit.note_addresses() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF TG_TABLE_NAME = 'suppression' THEN
        INSERT INTO audit.pending (tenant_id, action, reference, facts)
        SELECT
            tenant_id, 'address.' || reason, 'address:' || encode(address_hash, 'hex'),
            jsonb_build_object('channel', channel, 'source', source)
        FROM changed;
    ELSE
        INSERT INTO audit.pending (tenant_id, action, reference, facts)
        SELECT
            tenant_id, CASE TG_OP WHEN 'INSERT' THEN 'address.allowed' ELSE 'address.disallowed' END,
            'address:' || encode(address_hash, 'hex'), jsonb_build_object('channel', channel)
        FROM changed;
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER audit_suppressed AFTER INSERT ON core.suppression
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION audit.note_addresses();
CREATE TRIGGER audit_stricter AFTER UPDATE ON core.suppression
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION audit.note_addresses();
CREATE TRIGGER audit_allowed AFTER INSERT ON ops.allowed_address
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION audit.note_addresses();
CREATE TRIGGER audit_disallowed AFTER DELETE ON ops.allowed_address
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION audit.note_addresses();

-- Erasures: the source no longer has a person's record, and everything personal of it was emptied.
CREATE FUNCTION audit.note_erasure() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM audit.note(NEW.tenant_id, 'person.erased', 'source', NULL, NEW.customer_id, '{}');
    RETURN NULL;
END
$$;
CREATE TRIGGER audit_erased AFTER UPDATE OF gone_at ON core.profile
    FOR EACH ROW WHEN (OLD.gone_at IS NULL AND NEW.gone_at IS NOT NULL) EXECUTE FUNCTION audit.note_erasure();

-- What holds for a tenant, or for every tenant at once.
CREATE FUNCTION audit.note_arming() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM audit.note(
        NEW.tenant_id, CASE WHEN NEW.armed_at IS NULL THEN 'tenant.disarmed' ELSE 'tenant.armed' END,
        'tenant:' || NEW.tenant_id, NEW.armed_by, NULL, '{}');
    RETURN NULL;
END
$$;
CREATE TRIGGER audit_arming AFTER UPDATE OF armed_at ON ops.tenant
    FOR EACH ROW WHEN ((NEW.armed_at IS NULL) <> (OLD.armed_at IS NULL)) EXECUTE FUNCTION audit.note_arming();

CREATE FUNCTION audit.note_kill_switch() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    INSERT INTO audit.pending (tenant_id, action, reference, actor)
    SELECT
        tenant_id, CASE WHEN NEW.engaged THEN 'kill_switch.engaged' ELSE 'kill_switch.released' END, 'kill_switch',
        NEW.changed_by
    FROM ops.tenant;
    RETURN NULL;
END
$$;
CREATE TRIGGER audit_kill_switch AFTER UPDATE OF engaged ON ops.kill_switch
    FOR EACH ROW WHEN (NEW.engaged <> OLD.engaged) EXECUTE FUNCTION audit.note_kill_switch();

-- A trigger needs no right to its function once it is there; nobody may hang one on a table of their own.
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA audit FROM PUBLIC;
