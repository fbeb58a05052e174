-- Purpose: of a profile that the source no longer has, only the id is left, for its consent and its events; nothing
-- personal.
-- Grain: one row a profile; gives their number. Parameters: tenant_id. Rerun: finds none.
WITH emptied AS (
    UPDATE core.profile AS known
    SET gone_at = now(),
        deleted_at = coalesce(known.deleted_at, now()),
        first_name = NULL,
        last_name = NULL,
        email = NULL,
        phone = NULL,
        gender = NULL,
        date_of_birth = NULL,
        age = NULL,
        language = NULL,
        country = NULL,
        city = NULL,
        time_zone = NULL,
        time_zone_source = NULL,
        funnel_stage = NULL,
        favorite_color = NULL,
        total_spent_minor = NULL,
        keywords = DEFAULT,
        scores = DEFAULT,
        ext_attributes = DEFAULT,
        ingested_at = now()
    FROM gone, core.profile AS before
    WHERE gone.collection IN ('cdp_profile', 'crm_customers')
      AND known.tenant_id = %(tenant_id)s AND known.profile_id = gone.source_key AND known.gone_at IS NULL
      AND before.tenant_id = known.tenant_id AND before.profile_id = known.profile_id
    RETURNING known.profile_id, known.customer_id, before.deleted_at IS NULL AS was_live
),
noted AS (
    INSERT INTO changed_customer (customer_id) SELECT DISTINCT customer_id FROM emptied ON CONFLICT DO NOTHING
),
moved AS (
    INSERT INTO moved_profile (profile_id) SELECT profile_id FROM emptied WHERE was_live ON CONFLICT DO NOTHING
)
SELECT count(*) FROM emptied
