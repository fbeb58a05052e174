-- Purpose: the rules of a tenant as data, and what the waterfall and the check at the moment of sending share: when a
-- message may go by the clock of its reader, and how many a person has had.

-- Grain: one row a version of a tenant's rules, never edited; the latest holds. rules is
-- leo_activation.activation.tenant_policy.TenantPolicy. A tenant without a row has version 0, which is in that module.
CREATE TABLE activation.tenant_policy (
    tenant_id text NOT NULL REFERENCES ops.tenant,
    version integer NOT NULL CHECK (version > 0),
    rules jsonb NOT NULL,
    set_by text NOT NULL,
    set_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, version)
);
CALL ops.protect('activation.tenant_policy');
REVOKE UPDATE, DELETE ON activation.tenant_policy FROM leo_loader, leo_writer;

ALTER TABLE activation.delivery
    -- The clocks that the person may live by: one where it is known, else all that are possible. Null: not asked.
    ADD COLUMN zones text[];
-- What an address was sent lately; a person's are found by the index on customer_id.
CREATE INDEX delivery_address ON activation.delivery (tenant_id, channel, address_hash)
    WHERE address_hash IS NOT NULL AND recipient_kind = 'customer';

-- A number from 0 to below 1 that depends on a text alone: the first 32 bits of its SHA-256. Who is in a share of people is
-- whose number is below it, so that a larger share keeps everybody of a smaller one.
CREATE FUNCTION activation.draw(of text) RETURNS double precision
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN ('x' || left(encode(sha256(convert_to(of, 'UTF8')), 'hex'), 8))::bit(32)::bigint::double precision / 4294967296;
GRANT EXECUTE ON FUNCTION activation.draw TO leo_loader, leo_writer;

-- The first moment from from_moment on that is outside the quiet hours of a channel in every one of some zones, within
-- three days; null where there is none. quiet: [{channel (or any), from, until}], half-open in local time, over midnight
-- where from is after until. A moment of the local clock that daylight saving skips is read as the one an hour later.
CREATE FUNCTION activation.opens_at(quiet jsonb, on_channel text, from_moment timestamptz, in_zones text[])
    RETURNS timestamptz
    LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    WITH arc AS MATERIALIZED (
        SELECT (rule.value ->> 'from')::time AS starts, (rule.value ->> 'until')::time AS ends
        FROM jsonb_array_elements(quiet) AS rule
        WHERE rule.value ->> 'channel' IN ('any', on_channel)
    ), zone AS MATERIALIZED (
        SELECT DISTINCT named.zone FROM unnest(in_zones) AS named (zone)
    ), candidate AS (
        SELECT from_moment AS at
        UNION
        SELECT ((from_moment AT TIME ZONE zone.zone)::date + day.number + arc.ends) AT TIME ZONE zone.zone
        FROM zone
        CROSS JOIN arc
        CROSS JOIN generate_series(0, 3) AS day (number)
    )
    SELECT min(candidate.at)
    FROM candidate
    WHERE candidate.at >= from_moment AND NOT EXISTS (
        SELECT
        FROM zone
        CROSS JOIN arc
        CROSS JOIN LATERAL (SELECT (candidate.at AT TIME ZONE zone.zone)::time AS clock) AS local
        WHERE CASE WHEN arc.starts < arc.ends
            THEN local.clock >= arc.starts AND local.clock < arc.ends
            ELSE local.clock >= arc.starts OR local.clock < arc.ends
        END
    );
END;
GRANT EXECUTE ON FUNCTION activation.opens_at TO leo_loader, leo_writer;

-- Whether a person, or an address on a channel, has had as many marketing messages as a rolling window allows. Counted is
-- what has left or may have left. caps: [{channel (or any), count, days}]; any counts the person's messages on all
-- channels. The set form of this, which counts what is planned too, is in plan_audience.sql.
CREATE FUNCTION activation.is_capped(
    caps jsonb, tenant text, customer text, on_channel text, hash bytea, but_for uuid, at timestamptz
)
    RETURNS boolean
    LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT EXISTS (
        SELECT
        FROM jsonb_to_recordset(caps) AS cap (channel text, count integer, days integer)
        WHERE cap.channel IN ('any', on_channel) AND cap.count <= greatest(
            (
                SELECT count(*)
                FROM activation.delivery
                JOIN activation.run USING (tenant_id, campaign_run_id)
                JOIN activation.campaign USING (tenant_id, campaign_id)
                WHERE delivery.tenant_id = tenant AND delivery.customer_id = customer
                  AND delivery.recipient_kind = 'customer' AND delivery.delivery_id <> but_for
                  AND (cap.channel = 'any' OR delivery.channel = cap.channel)
                  AND delivery.state IN ('sending', 'accepted', 'unknown')
                  AND delivery.state_changed_at > at - make_interval(days => cap.days)
                  AND campaign.message_class = 'marketing'
            ),
            (
                SELECT count(*)
                FROM activation.delivery
                JOIN activation.run USING (tenant_id, campaign_run_id)
                JOIN activation.campaign USING (tenant_id, campaign_id)
                WHERE delivery.tenant_id = tenant AND delivery.channel = cap.channel AND delivery.address_hash = is_capped.hash
                  AND delivery.recipient_kind = 'customer' AND delivery.delivery_id <> but_for
                  AND delivery.state IN ('sending', 'accepted', 'unknown')
                  AND delivery.state_changed_at > at - make_interval(days => cap.days)
                  AND campaign.message_class = 'marketing'
            )
        )
    );
END;
GRANT EXECUTE ON FUNCTION activation.is_capped TO leo_loader, leo_writer;
