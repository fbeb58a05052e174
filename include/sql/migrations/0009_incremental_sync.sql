-- Purpose: what a sync needs to read only what is new, to see what is gone, and to prove that the copy is complete.

ALTER TABLE ops.sync_run
    -- whole: everything was read. incremental: from the watermarks on. comparison: every {_key, _rev}, and the rows that
    -- differ. replay: repaired rows of the quarantine.
    ADD COLUMN mode text NOT NULL DEFAULT 'whole' CHECK (mode IN ('whole', 'incremental', 'comparison', 'replay')),
    -- Whether the projection compares the whole graph with the tables, and not only what this run changed.
    ADD COLUMN compare_graph boolean NOT NULL DEFAULT true,
    -- {collection: {scope: whole | read, source: {rows, digest}, target: {rows, digest}, equal}}
    ADD COLUMN proof jsonb NOT NULL DEFAULT '{}';

-- Grain: one row a tenant, collection and partition (an event's journey, else ''): up to where it was read.
CREATE TABLE ops.sync_watermark (
    tenant_id text NOT NULL REFERENCES ops.tenant,
    collection text NOT NULL,
    -- The value as JSON, because an event may have no journey (null) or the empty one ("").
    partition jsonb NOT NULL,
    moment timestamptz NOT NULL,
    last_key text NOT NULL,
    sync_run_id bigint NOT NULL REFERENCES ops.sync_run,
    PRIMARY KEY (tenant_id, collection, partition)
);
COMMENT ON COLUMN ops.sync_watermark.moment IS
    'The latest updatedAt or createdAt that was read, never later than the start of the run that read it.';
CALL ops.protect('ops.sync_watermark');

-- deleted_at: the profile is not active, for whatever reason. gone_at: the source no longer has the record at all; then
-- nothing personal is kept of it.
ALTER TABLE core.profile ADD COLUMN gone_at timestamptz;
ALTER TABLE core.product
    -- The record's key at the source, null for products that only events name. The next whole read fills it.
    ADD COLUMN source_key text,
    ADD COLUMN gone_at timestamptz;
CREATE INDEX ON core.product (tenant_id, source_key);
ALTER TABLE core.event_metric
    ADD COLUMN source_key text,
    ADD COLUMN source_rev text;
CREATE INDEX ON core.event (tenant_id, event_id);

-- One half of a digest: a sum modulo 2^64 of numbers that were read as signed, as 16 hexadecimal digits.
CREATE FUNCTION ops.digest_half(total numeric) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN (
        SELECT lpad(to_hex((CASE
            WHEN rest >= 9223372036854775808 THEN rest - 18446744073709551616
            WHEN rest < -9223372036854775808 THEN rest + 18446744073709551616
            ELSE rest
        END)::bigint), 16, '0')
        FROM (SELECT mod(coalesce(total, 0), 18446744073709551616) AS rest) AS reduced
    );
GRANT EXECUTE ON FUNCTION ops.digest_half TO leo_loader, leo_writer;

-- The lock of an ANALYZE lasts until the transaction ends: a tenant whose merge stands still would hold up the merges of
-- all others, which gather statistics of the same tables. Whoever finds the lock taken goes on without.
CREATE OR REPLACE FUNCTION ops.analyze_table(target regclass) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, ag_catalog, pg_temp AS $$
BEGIN
    EXECUTE format('ANALYZE (SKIP_LOCKED) %s', target);
END
$$;
