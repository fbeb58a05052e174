-- Purpose: the rights of people: what was erased and must not come back, what was asked for and by when it is due, who is not
-- to be written to meanwhile, and what was deleted because its time was over (docs/concepts/rights.md).
CREATE SCHEMA rights;
GRANT USAGE ON SCHEMA rights TO leo_loader, leo_writer, leo_reader, leo_report_owner;

-- The keyed hash under which somebody who was erased is known again: apart from the hashes of addresses and identities, so
-- that the one cannot be looked up by the other.
CREATE FUNCTION rights.person_hash(kind text, value text, key bytea) RETURNS bytea
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN public.hmac(convert_to('erased:' || kind || ':' || value, 'UTF8'), key, 'sha256');
GRANT EXECUTE ON FUNCTION rights.person_hash TO leo_loader, leo_writer;

-- Bytes as far as they can be read: as UTF-8, else with every other byte escaped.
CREATE FUNCTION rights.readable(raw bytea) RETURNS text
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
    RETURN convert_from(raw, 'UTF8');
EXCEPTION WHEN character_not_in_repertoire OR untranslatable_character THEN
    RETURN encode(raw, 'escape');
END
$$;
GRANT EXECUTE ON FUNCTION rights.readable TO leo_loader, leo_writer;

-- Grain: one row a name by which somebody was erased. A sync leaves out what has one of them. kind: profile (a key of the
-- source), customer, address (as it was asked for), row (the md5 of a row that could not be read).
CREATE TABLE rights.erased_person (
    tenant_id text NOT NULL REFERENCES ops.tenant,
    kind text NOT NULL CHECK (kind IN ('profile', 'customer', 'address', 'row')),
    hash bytea NOT NULL,
    erased_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (tenant_id, kind, hash)
);
CALL ops.protect('rights.erased_person');
REVOKE UPDATE, DELETE ON rights.erased_person FROM leo_loader, leo_writer;

-- Grain: one row an erasure: its certificate, without contact data. finished_at null: it was begun and cut off; the same
-- command goes on with it.
CREATE TABLE rights.erasure (
    tenant_id text NOT NULL REFERENCES ops.tenant,
    erasure_id bigint GENERATED ALWAYS AS IDENTITY,
    -- rights.person_hash('customer', …), by which a repetition finds what was begun.
    person_hash bytea NOT NULL,
    asked_by text NOT NULL CHECK (asked_by <> ''),
    began_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    finished_at timestamptz,
    -- {table: rows deleted, emptied or redacted}
    rows jsonb NOT NULL DEFAULT '{}',
    files integer NOT NULL DEFAULT 0,
    cancelled integer NOT NULL DEFAULT 0,
    PRIMARY KEY (tenant_id, erasure_id)
);
CREATE UNIQUE INDEX one_open_erasure ON rights.erasure (tenant_id, person_hash) WHERE finished_at IS NULL;
CALL ops.protect('rights.erasure');
REVOKE DELETE ON rights.erasure FROM leo_loader, leo_writer;

-- Grain: one row a provider that is to erase what it keeps of somebody. sealed: the addresses, encrypted with this
-- installation's key and emptied when the provider has answered.
CREATE TABLE rights.provider_erasure (
    tenant_id text NOT NULL,
    provider_erasure_id bigint GENERATED ALWAYS AS IDENTITY,
    erasure_id bigint NOT NULL,
    provider text NOT NULL,
    sealed bytea,
    state text NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'done', 'by_hand')),
    attempts integer NOT NULL DEFAULT 0,
    -- The provider's own number of its work.
    job text,
    problem text,
    queued_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    settled_at timestamptz,
    PRIMARY KEY (tenant_id, provider_erasure_id),
    FOREIGN KEY (tenant_id, erasure_id) REFERENCES rights.erasure,
    CHECK ((state = 'queued') = (sealed IS NOT NULL)),
    CHECK ((state = 'queued') = (settled_at IS NULL))
);
COMMENT ON COLUMN rights.provider_erasure.state IS
    'by_hand: the provider has no way to ask it for an erasure, so a person asks it.';
CREATE INDEX provider_erasure_queued ON rights.provider_erasure (tenant_id) WHERE state = 'queued';
CALL ops.protect('rights.provider_erasure');
REVOKE DELETE ON rights.provider_erasure FROM leo_loader, leo_writer;

-- Grain: one row a thing that somebody asked for by right. customer_id and profile_ids are emptied by an erasure; person_hash
-- stays, as evidence that it was answered.
CREATE TABLE rights.request (
    tenant_id text NOT NULL REFERENCES ops.tenant,
    request_id bigint GENERATED ALWAYS AS IDENTITY,
    kind text NOT NULL CHECK (kind IN (
        'access', 'portability', 'erasure', 'restriction', 'objection', 'correction', 'withdrawal')),
    law text NOT NULL,
    clocks_version integer NOT NULL,
    person_hash bytea NOT NULL,
    customer_id text,
    received_at timestamptz NOT NULL,
    opened_by text NOT NULL CHECK (opened_by <> ''),
    -- What is to be corrected, or what was said; in the person's own data, so emptied by an erasure.
    details jsonb NOT NULL DEFAULT '{}',
    state text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'done', 'refused')),
    due_at timestamptz NOT NULL,
    -- The latest that an extension may lead to, by the law's clock.
    longest_until timestamptz NOT NULL,
    extended_at timestamptz,
    extension_reason text,
    decided_by text,
    decided_at timestamptz,
    reason text,
    warned_at timestamptz,
    PRIMARY KEY (tenant_id, request_id),
    CHECK ((state = 'open') = (decided_at IS NULL AND decided_by IS NULL)),
    CHECK (state <> 'refused' OR reason IS NOT NULL),
    CHECK ((extended_at IS NULL) = (extension_reason IS NULL)),
    CHECK (due_at <= longest_until)
);
CREATE INDEX request_open ON rights.request (tenant_id, due_at) WHERE state = 'open';
CALL ops.protect('rights.request');
REVOKE DELETE ON rights.request FROM leo_loader, leo_writer;

-- Grain: one row a profile, and purpose for which it is not processed until it is lifted. By profile and not by customer, so
-- that a merge keeps the strictest.
CREATE TABLE rights.restriction (
    tenant_id text NOT NULL REFERENCES ops.tenant,
    profile_id text NOT NULL,
    purpose text NOT NULL CHECK (purpose IN ('any', 'marketing')),
    since timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- null: until it is lifted.
    until timestamptz,
    request_id bigint NOT NULL,
    PRIMARY KEY (tenant_id, profile_id, purpose),
    FOREIGN KEY (tenant_id, request_id) REFERENCES rights.request
);
CALL ops.protect('rights.restriction');

-- The customers who are not to be processed for a purpose: one definition for the plan of an audience and for the check at
-- the moment of sending. Set-returning, because the planner inlines those.
CREATE FUNCTION rights.restricted(tenant text, for_purpose text) RETURNS TABLE (customer_id text)
    LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT profile.customer_id
    FROM rights.restriction
    JOIN core.profile USING (tenant_id, profile_id)
    WHERE restriction.tenant_id = tenant AND restriction.purpose IN ('any', for_purpose)
      AND (restriction.until IS NULL OR restriction.until > clock_timestamp());
END;
GRANT EXECUTE ON FUNCTION rights.restricted TO leo_loader, leo_writer;

-- Grain: one row a time that retention was enforced: what was deleted because its time was over. {table: rows}
CREATE TABLE rights.retention_run (
    tenant_id text NOT NULL REFERENCES ops.tenant,
    retention_run_id bigint GENERATED ALWAYS AS IDENTITY,
    policy_version integer NOT NULL,
    rows jsonb NOT NULL,
    ran_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (tenant_id, retention_run_id)
);
CALL ops.protect('rights.retention_run');
REVOKE UPDATE, DELETE ON rights.retention_run FROM leo_loader, leo_writer;

-- Grain: one row a table of which nothing older is kept. What a source still has of it is left out when it is read.
CREATE TABLE rights.horizon (
    tenant_id text NOT NULL REFERENCES ops.tenant,
    table_name text NOT NULL CHECK (table_name IN ('core.event')),
    before timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, table_name)
);
CALL ops.protect('rights.horizon');

-- What an erasure and retention empty or delete, and nobody else does: the loader alone, which no task of activation is.
GRANT UPDATE (detail) ON activation.provider_event TO leo_loader;
GRANT UPDATE (arguments, results, problem) ON ops.action_call TO leo_loader;
GRANT UPDATE (note) ON segment.approval TO leo_loader;
GRANT DELETE ON ops.action_call, llm.call TO leo_loader;

-- The certificate in the audit log: without contact data, under the customer's pseudonym, so that it is found by their id.
CREATE FUNCTION rights.certify(of_erasure bigint, person text) RETURNS void
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT audit.note(
        erasure.tenant_id, 'person.erased', 'erasure:' || erasure.erasure_id, erasure.asked_by, person,
        jsonb_build_object(
            'rows', erasure.rows, 'files', erasure.files, 'cancelled', erasure.cancelled,
            'providers', coalesce((
                SELECT jsonb_object_agg(asked.provider, asked.state)
                FROM rights.provider_erasure AS asked
                WHERE asked.tenant_id = erasure.tenant_id AND asked.erasure_id = erasure.erasure_id
            ), '{}')))
    FROM rights.erasure
    WHERE erasure.tenant_id = ops.current_tenant() AND erasure.erasure_id = of_erasure;
END;
REVOKE ALL ON FUNCTION rights.certify FROM PUBLIC;
GRANT EXECUTE ON FUNCTION rights.certify TO leo_loader;

-- How a provider's erasure ended belongs to the certificate.
CREATE FUNCTION rights.note_provider_erasure() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM audit.note(
        NEW.tenant_id, 'erasure.' || NEW.state, 'erasure:' || NEW.erasure_id, NULL, NULL,
        jsonb_build_object('provider', NEW.provider, 'job', NEW.job));
    RETURN NULL;
END
$$;
CREATE TRIGGER audit_state AFTER UPDATE OF state ON rights.provider_erasure
    FOR EACH ROW WHEN (NEW.state IS DISTINCT FROM OLD.state) EXECUTE FUNCTION rights.note_provider_erasure();

-- Requests: opened, extended, done or refused; the person is told by the pseudonym.
CREATE FUNCTION rights.note_request() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM audit.note(
        NEW.tenant_id,
        'rights.' || CASE
            WHEN TG_OP = 'UPDATE' AND NEW.state = OLD.state THEN 'extended' ELSE NEW.state
        END,
        'rights_request:' || NEW.request_id,
        CASE WHEN NEW.state = 'open' THEN NEW.opened_by ELSE NEW.decided_by END, NEW.customer_id,
        jsonb_build_object('kind', NEW.kind, 'law', NEW.law, 'due_at', NEW.due_at));
    RETURN NULL;
END
$$;
CREATE TRIGGER audit_opened AFTER INSERT ON rights.request
    FOR EACH ROW EXECUTE FUNCTION rights.note_request();
CREATE TRIGGER audit_state AFTER UPDATE OF state, extended_at ON rights.request
    FOR EACH ROW
    WHEN (NEW.state IS DISTINCT FROM OLD.state OR NEW.extended_at IS DISTINCT FROM OLD.extended_at)
    EXECUTE FUNCTION rights.note_request();

CREATE FUNCTION rights.note_retention() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM audit.note(
        NEW.tenant_id, 'retention.enforced', 'retention:' || NEW.retention_run_id, NULL, NULL,
        jsonb_build_object('rows', NEW.rows, 'policy_version', NEW.policy_version));
    RETURN NULL;
END
$$;
CREATE TRIGGER audit_retention AFTER INSERT ON rights.retention_run
    FOR EACH ROW EXECUTE FUNCTION rights.note_retention();

-- The months of events that nobody has rows in and that are over: their partitions go whole. Only an owner may.
CREATE FUNCTION core.drop_empty_event_partitions(before timestamptz) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET TimeZone = 'UTC' AS $$
DECLARE
    part regclass;
    has_rows boolean;
    dropped integer := 0;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('core.ensure_event_partitions'));
    FOR part IN
        SELECT child.oid::regclass
        FROM pg_inherits
        JOIN pg_class AS child ON child.oid = inhrelid
        WHERE inhparent = 'core.event'::regclass AND child.relname ~ '^event_\d{6}$'
          AND to_date(right(child.relname, 6), 'YYYYMM') + interval '1 month' <= before
    LOOP
        -- Nobody enters a row between the look and the drop.
        EXECUTE format('LOCK TABLE %s IN ACCESS EXCLUSIVE MODE', part);
        EXECUTE format('SELECT EXISTS (SELECT FROM %s)', part) INTO has_rows;
        IF NOT has_rows THEN
            EXECUTE format('DROP TABLE %s', part);
            dropped := dropped + 1;
        END IF;
    END LOOP;
    RETURN dropped;
END
$$;
REVOKE ALL ON FUNCTION core.drop_empty_event_partitions FROM PUBLIC;
GRANT EXECUTE ON FUNCTION core.drop_empty_event_partitions TO leo_loader;
