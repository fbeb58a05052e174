-- Purpose: a graph that is built for the first time gets its indexes after its rows: an index filled row by row costs
-- several times what the rows do. Only an owner may drop and create indexes, and the loader owns no table.

-- Grain: one row an index that a build has taken off a label's table. Rows stand here within a build's transaction; one
-- that stays tells of a build that did not put its indexes back, and ops.create_label_indexes does it.
CREATE TABLE ops.label_index (
    tenant_id text NOT NULL REFERENCES ops.tenant,
    label name NOT NULL,
    index_name name NOT NULL,
    definition text NOT NULL,
    PRIMARY KEY (tenant_id, label, index_name)
);
CALL ops.protect('ops.label_index');
-- The definitions are run as the owner, so nobody but the two functions may write them.
REVOKE INSERT, UPDATE, DELETE ON ops.label_index FROM leo_loader, leo_writer;

-- The name of the label whose table this is, in the graph of the tenant that the connection is bound to; an error where
-- it is none.
CREATE FUNCTION ops.label_of_bound_tenant(target regclass) RETURNS name
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    found_label name;
BEGIN
    SELECT label.name INTO found_label
    FROM ag_catalog.ag_label AS label
    JOIN ag_catalog.ag_graph AS graph ON graph.graphid = label.graph
    JOIN ops.tenant AS tenant ON tenant.graph_name = graph.name::text
    WHERE label.relation = target AND tenant.tenant_id = ops.current_tenant();
    IF found_label IS NULL THEN
        RAISE EXCEPTION '% is no label of the graph of the tenant that this connection is bound to', target;
    END IF;
    RETURN found_label;
END
$$;
REVOKE ALL ON FUNCTION ops.label_of_bound_tenant FROM PUBLIC;

-- Takes the indexes off a label's table that is empty, but not those behind a constraint; gives their number.
CREATE FUNCTION ops.drop_label_indexes(target regclass) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    target_label name := ops.label_of_bound_tenant(target);
    has_rows boolean;
    index record;
    dropped integer := 0;
BEGIN
    EXECUTE format('LOCK TABLE %s IN ACCESS EXCLUSIVE MODE', target);
    EXECUTE format('SELECT EXISTS (SELECT FROM %s)', target) INTO has_rows;
    IF has_rows THEN
        RAISE EXCEPTION '% has rows; its indexes stay', target;
    END IF;
    FOR index IN
        SELECT indexrelid::regclass AS place, relname, pg_get_indexdef(indexrelid) AS definition
        FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
        WHERE indrelid = target AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)
    LOOP
        INSERT INTO ops.label_index VALUES (ops.current_tenant(), target_label, index.relname, index.definition);
        EXECUTE format('DROP INDEX %s', index.place);
        dropped := dropped + 1;
    END LOOP;
    RETURN dropped;
END
$$;
REVOKE ALL ON FUNCTION ops.drop_label_indexes FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ops.drop_label_indexes TO leo_loader;

-- Puts back what ops.drop_label_indexes took off, and gives its number.
CREATE FUNCTION ops.create_label_indexes(target regclass) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    target_label name := ops.label_of_bound_tenant(target);
    taken text;
    created integer := 0;
BEGIN
    FOR taken IN
        DELETE FROM ops.label_index
        WHERE tenant_id = ops.current_tenant() AND label = target_label
        RETURNING definition
    LOOP
        EXECUTE taken;
        created := created + 1;
    END LOOP;
    RETURN created;
END
$$;
REVOKE ALL ON FUNCTION ops.create_label_indexes FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ops.create_label_indexes TO leo_loader;
