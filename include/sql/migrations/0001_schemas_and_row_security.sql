-- Purpose: the schemas, and the one procedure by which every later migration protects a table.
-- Row security is enabled and forced; a policy per role says what that role sees. The extensions age and vector are
-- made by the administrator who prepares the database (they need a superuser).

CREATE EXTENSION IF NOT EXISTS pgcrypto SCHEMA public;

CREATE SCHEMA core;
CREATE SCHEMA profile;
CREATE SCHEMA segment;
CREATE SCHEMA activation;
CREATE SCHEMA llm;
CREATE SCHEMA report AUTHORIZATION leo_report_owner;

GRANT USAGE ON SCHEMA ops, core, profile, segment, activation, llm TO leo_loader, leo_writer, leo_reader, leo_report_owner;
GRANT USAGE ON SCHEMA report TO leo_reporter;

-- The tenant that the connection is bound to, or null: null equals nothing, so an unbound connection sees no rows.
CREATE FUNCTION ops.current_tenant() RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN nullif(current_setting('leo.tenant_id', true), '');

CREATE PROCEDURE ops.protect(IN target regclass)
    LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', target);
    EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', target);
    EXECUTE format('CREATE POLICY bound_tenant ON %s TO leo_loader, leo_writer, leo_reader '
                   'USING (tenant_id = ops.current_tenant()) WITH CHECK (tenant_id = ops.current_tenant())', target);
    EXECUTE format('CREATE POLICY reports_read_all ON %s FOR SELECT TO leo_report_owner USING (true)', target);
    EXECUTE format('CREATE POLICY migrations_see_all ON %s TO leo_owner USING (true) WITH CHECK (true)', target);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %s TO leo_loader, leo_writer', target);
    EXECUTE format('GRANT SELECT ON %s TO leo_report_owner', target);
END
$$;
