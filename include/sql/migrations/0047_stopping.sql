-- Purpose: what people stop and hand out at the desk: the sending of one tenant beside that of all (docs/guides/campaign-desk.md),
-- and exports of what is held of a person, on record.

-- Grain: one row a time that all sending of one tenant was stopped. The open one (released_at null) holds, beside
-- ops.kill_switch, which stops every tenant.
CREATE TABLE ops.sending_stop (
    tenant_id text NOT NULL REFERENCES ops.tenant,
    stop_id bigint GENERATED ALWAYS AS IDENTITY,
    -- In one sentence, for whoever wonders why nothing leaves.
    reason text NOT NULL CHECK (reason <> ''),
    stopped_by text NOT NULL CHECK (stopped_by <> ''),
    stopped_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    released_by text,
    released_at timestamptz,
    PRIMARY KEY (tenant_id, stop_id),
    CHECK ((released_at IS NULL) = (released_by IS NULL))
);
CREATE UNIQUE INDEX one_open_stop_a_tenant ON ops.sending_stop (tenant_id) WHERE released_at IS NULL;
CALL ops.protect('ops.sending_stop');
REVOKE DELETE ON ops.sending_stop FROM leo_loader, leo_writer;

-- Whether nothing of a tenant may be sent: asked when deliveries are claimed and in the statement that begins each attempt.
CREATE FUNCTION ops.is_sending_stopped(tenant text) RETURNS boolean
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN (SELECT switch.engaged FROM ops.kill_switch AS switch) OR EXISTS (
        SELECT FROM ops.sending_stop WHERE sending_stop.tenant_id = tenant AND sending_stop.released_at IS NULL
    );
GRANT EXECUTE ON FUNCTION ops.is_sending_stopped TO leo_loader, leo_writer;

CREATE FUNCTION audit.note_sending_stop() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM audit.note(
        NEW.tenant_id, CASE WHEN NEW.released_at IS NULL THEN 'tenant.stopped' ELSE 'tenant.released' END,
        'tenant:' || NEW.tenant_id, CASE WHEN NEW.released_at IS NULL THEN NEW.stopped_by ELSE NEW.released_by END,
        NULL, '{}');
    RETURN NULL;
END
$$;
REVOKE ALL ON FUNCTION audit.note_sending_stop FROM PUBLIC;
CREATE TRIGGER audit_stopped AFTER INSERT ON ops.sending_stop FOR EACH ROW EXECUTE FUNCTION audit.note_sending_stop();
CREATE TRIGGER audit_released AFTER UPDATE OF released_at ON ops.sending_stop
    FOR EACH ROW WHEN (NEW.released_at IS DISTINCT FROM OLD.released_at) EXECUTE FUNCTION audit.note_sending_stop();

-- Whoever is handed everything that is held of a person leaves an entry first, under the customer's pseudonym.
CREATE FUNCTION rights.note_export(person text, asked_by text) RETURNS void
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT audit.note(ops.current_tenant(), 'person.exported', 'export', asked_by, person, '{}');
END;
REVOKE ALL ON FUNCTION rights.note_export FROM PUBLIC;
GRANT EXECUTE ON FUNCTION rights.note_export TO leo_loader;
