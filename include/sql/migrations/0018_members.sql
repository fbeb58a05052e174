-- Purpose: what a refresh needs to ask only the customers of whom something changed, and how a segment ends
-- (docs/decisions/incremental-refresh.md).

-- Grain: one row a vertex of the graph and the label by which it was touched last. label: that of the vertex itself, or
-- of an edge that was made, changed or deleted at it; 'IN_SEGMENT <key of the segment>' for members of a segment;
-- 'profile.text' where vertex_id is the customer's key alone. vertex_id 0: anything of the label may have changed.
-- touched_by is the transaction that did it: transactions end in another order than they begin, so a reader remembers
-- which had ended when it read (a snapshot), and asks later for all others.
CREATE TABLE ops.graph_touch (
    tenant_id text NOT NULL REFERENCES ops.tenant,
    label text NOT NULL,
    vertex_id bigint NOT NULL,
    touched_by xid8 NOT NULL,
    touched_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, label, vertex_id)
);
CREATE INDEX ON ops.graph_touch (tenant_id, label, touched_by);
CALL ops.protect('ops.graph_touch');
-- Only the triggers write it, as the owner.
REVOKE INSERT, UPDATE, DELETE ON ops.graph_touch FROM leo_loader, leo_writer;

-- Notes vertices as touched, in the transaction that touches them. Rows are taken in the order of their keys, so that
-- two writers wait for each other and do not stand still. The last writer stays, whatever its number: it waited for those
-- before it to end, so whoever sees what it did sees what they did.
CREATE FUNCTION ops.note_touched(of_tenant text, of_label text, vertex_ids bigint[]) RETURNS void
    LANGUAGE sql SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    INSERT INTO ops.graph_touch AS known (tenant_id, label, vertex_id, touched_by)
    SELECT of_tenant, of_label, touched.vertex_id, pg_current_xact_id()
    FROM (SELECT DISTINCT unnest(vertex_ids) AS vertex_id ORDER BY 1) AS touched
    ON CONFLICT (tenant_id, label, vertex_id) DO UPDATE
        SET touched_by = excluded.touched_by, touched_at = now()
        WHERE known.touched_by <> excluded.touched_by;
END;
REVOKE ALL ON FUNCTION ops.note_touched FROM PUBLIC;

-- After a statement on the table of a vertex label. Arguments: tenant, label. Of other vertices than customers only
-- what they are called matters to a plan, and one that is new has no edges yet. Key 0 is the canary of the reader's
-- self-test.
CREATE FUNCTION ops.note_touched_vertices() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, ag_catalog, pg_temp AS $$
DECLARE
    touched bigint[];
BEGIN
    IF TG_OP = 'TRUNCATE' THEN
        touched := ARRAY[0];
    ELSIF TG_OP = 'INSERT' THEN
        SELECT array_agg(written.id::text::bigint) INTO touched FROM written;
    ELSIF TG_OP = 'DELETE' THEN
        SELECT array_agg(gone.id::text::bigint) INTO touched
        FROM gone WHERE gone.id::text::bigint & 281474976710655 <> 0;
    ELSIF TG_ARGV[1] = 'Customer' THEN
        SELECT array_agg(id) INTO touched FROM (
            SELECT written.id::text::bigint AS id FROM written
            UNION SELECT gone.id::text::bigint FROM gone
        ) AS changed;
    ELSE
        SELECT array_agg(gone.id::text::bigint) INTO touched
        FROM gone LEFT JOIN written ON written.id = gone.id
        WHERE agtype_access_operator(VARIADIC ARRAY[written.properties, '"name"'::agtype])
            IS DISTINCT FROM agtype_access_operator(VARIADIC ARRAY[gone.properties, '"name"'::agtype]);
    END IF;
    IF touched IS NOT NULL THEN
        PERFORM ops.note_touched(TG_ARGV[0], TG_ARGV[1], touched);
    END IF;
    RETURN NULL;
END
$$;

-- After a statement on the table of an edge label. Arguments: tenant, label, and whom it touches: 'start', 'both' ends,
-- or 'start_by_end', the starts noted for each end by itself.
CREATE FUNCTION ops.note_touched_edges() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, ag_catalog, pg_temp AS $$
DECLARE
    starts bigint[];
    ends bigint[];
BEGIN
    IF TG_OP = 'TRUNCATE' THEN
        starts := ARRAY[0];
        ends := ARRAY[0];
    ELSIF TG_ARGV[2] = 'start' THEN
        -- The usual case, and the one of many rows: a customer has more edges than one.
        IF TG_OP = 'INSERT' THEN
            SELECT array_agg(start_id::text::bigint) INTO starts FROM (SELECT DISTINCT start_id FROM written) AS met;
        ELSIF TG_OP = 'DELETE' THEN
            SELECT array_agg(start_id::text::bigint) INTO starts FROM (SELECT DISTINCT start_id FROM gone) AS met;
        ELSE
            SELECT array_agg(start_id::text::bigint) INTO starts
            FROM (SELECT start_id FROM written UNION SELECT start_id FROM gone) AS met;
        END IF;
    ELSIF TG_OP = 'INSERT' THEN
        SELECT array_agg(start_id::text::bigint), array_agg(end_id::text::bigint) INTO starts, ends FROM written;
    ELSIF TG_OP = 'DELETE' THEN
        SELECT array_agg(start_id::text::bigint), array_agg(end_id::text::bigint) INTO starts, ends FROM gone;
    ELSE
        SELECT array_agg(start_id), array_agg(end_id) INTO starts, ends FROM (
            SELECT start_id::text::bigint AS start_id, end_id::text::bigint AS end_id FROM written
            UNION SELECT start_id::text::bigint, end_id::text::bigint FROM gone
        ) AS changed;
    END IF;
    IF starts IS NULL THEN
        RETURN NULL;
    END IF;
    IF TG_ARGV[2] = 'start_by_end' THEN
        PERFORM ops.note_touched(TG_ARGV[0], TG_ARGV[1] || ' ' || met.end_key, met.starts)
        FROM (
            SELECT pair.end_id & 281474976710655 AS end_key, array_agg(pair.start_id) AS starts
            FROM unnest(starts, ends) AS pair (start_id, end_id)
            GROUP BY 1
            ORDER BY 1
        ) AS met;
    ELSIF TG_ARGV[2] = 'both' THEN
        PERFORM ops.note_touched(TG_ARGV[0], TG_ARGV[1], starts || ends);
    ELSE
        PERFORM ops.note_touched(TG_ARGV[0], TG_ARGV[1], starts);
    END IF;
    RETURN NULL;
END
$$;

-- After a statement on profile.text: what a phrase is compared with.
CREATE FUNCTION ops.note_touched_texts() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        PERFORM ops.note_touched(customer.tenant_id, 'profile.text', array_agg(customer.graph_key))
        FROM gone JOIN core.customer AS customer USING (tenant_id, customer_id) GROUP BY customer.tenant_id;
    ELSE
        PERFORM ops.note_touched(customer.tenant_id, 'profile.text', array_agg(customer.graph_key))
        FROM written JOIN core.customer AS customer USING (tenant_id, customer_id) GROUP BY customer.tenant_id;
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER note_touched_insert AFTER INSERT ON profile.text REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION ops.note_touched_texts();
CREATE TRIGGER note_touched_update AFTER UPDATE ON profile.text REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION ops.note_touched_texts();
CREATE TRIGGER note_touched_delete AFTER DELETE ON profile.text REFERENCING OLD TABLE AS gone
    FOR EACH STATEMENT EXECUTE FUNCTION ops.note_touched_texts();

-- A build fills an empty label by one COPY: to note each of its rows would cost more than to say that all are new.
CREATE OR REPLACE FUNCTION ops.drop_label_indexes(target regclass) RETURNS integer
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
    EXECUTE format('ALTER TABLE %s DISABLE TRIGGER USER', target);
    PERFORM ops.note_touched(ops.current_tenant(), target_label::text, ARRAY[0]);
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

CREATE OR REPLACE FUNCTION ops.create_label_indexes(target regclass) RETURNS integer
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
    EXECUTE format('ALTER TABLE %s ENABLE TRIGGER USER', target);
    RETURN created;
END
$$;

-- Grain: one row a segment that was refreshed: in what circumstances its members were found last.
CREATE TABLE segment.refreshed (
    tenant_id text NOT NULL,
    segment_id text NOT NULL,
    version integer NOT NULL,
    as_of timestamptz NOT NULL,
    schema_version text NOT NULL,
    interest_model text,
    -- Which transactions had ended when the graph was read: what others touched is asked about again.
    seen pg_snapshot NOT NULL,
    -- When all customers were asked last, and not only those of whom something changed.
    whole_at timestamptz NOT NULL,
    refreshed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (tenant_id, segment_id),
    FOREIGN KEY (tenant_id, segment_id, version) REFERENCES segment.definition
);
CALL ops.protect('segment.refreshed');

ALTER TABLE segment.run ADD COLUMN asked bigint;
COMMENT ON COLUMN segment.run.asked IS 'How many customers were asked; null: all of them.';

ALTER TABLE segment.definition
    ADD COLUMN retired_at timestamptz,
    ADD COLUMN retired_by text;
COMMENT ON COLUMN segment.definition.retired_by IS
    'Who ended the segment; null where the version was replaced by the next one, or is not retired.';

COMMENT ON COLUMN segment.membership_change.evidence IS
    'What speaks for the change beside its cause, by ids and names without contact data (docs/concepts/members.md).';
