-- Purpose: the interests of the due customers become computed_interest. A raw that only grew older is not rewritten: it is the value at
--          the row's own as_of, so that a customer who did nothing costs no write.
-- Grain: one row with the numbers of interests added, changed and removed.
-- Parameters: tenant_id, as_of; reads due_customer, computed_interest.
-- Rerun: only differences are written.
WITH setting AS (
    SELECT
        interest_half_life_days::double precision AS half_life_days,
        interest_model || coalesce(':half-life ' || trim_scale(interest_half_life_days) || ' d', ':plain')
            AS model_version
    FROM ops.tenant
    WHERE tenant_id = %(tenant_id)s
), removed AS (
    DELETE FROM profile.interest AS interest
    USING due_customer AS due
    WHERE interest.tenant_id = %(tenant_id)s AND interest.customer_id = due.customer_id
      AND NOT EXISTS (
          SELECT FROM computed_interest AS computed
          WHERE computed.customer_id = interest.customer_id
            AND computed.topic_type = interest.topic_type
            AND computed.topic = interest.topic
      )
    RETURNING 1
), changed AS (
    UPDATE profile.interest AS interest
    SET raw = computed.raw, score = computed.score, is_primary = computed.is_primary,
        model_version = setting.model_version, as_of = %(as_of)s
    FROM computed_interest AS computed
    CROSS JOIN setting
    WHERE interest.tenant_id = %(tenant_id)s
      AND interest.customer_id = computed.customer_id
      AND interest.topic_type = computed.topic_type
      AND interest.topic = computed.topic
      AND (
          interest.model_version <> setting.model_version
          OR interest.is_primary <> computed.is_primary
          OR abs(interest.score - computed.score) > 2e-6
          OR abs(computed.raw - interest.raw * CASE
              WHEN setting.half_life_days IS NULL OR interest.topic_type = 'tag' THEN 1
              ELSE power(2::double precision, greatest(
                  -1000,
                  -extract(epoch FROM %(as_of)s - interest.as_of)::double precision / 86400 / setting.half_life_days
              ))
          END) > 2e-6
      )
    RETURNING 1
), added AS (
    INSERT INTO profile.interest (
        tenant_id, customer_id, topic_type, topic, raw, score, is_primary, model_version, as_of
    )
    SELECT
        %(tenant_id)s, computed.customer_id, computed.topic_type, computed.topic, computed.raw, computed.score,
        computed.is_primary, setting.model_version, %(as_of)s
    FROM computed_interest AS computed
    CROSS JOIN setting
    WHERE NOT EXISTS (
        SELECT FROM profile.interest AS interest
        WHERE interest.tenant_id = %(tenant_id)s
          AND interest.customer_id = computed.customer_id
          AND interest.topic_type = computed.topic_type
          AND interest.topic = computed.topic
    )
    RETURNING 1
)
SELECT (SELECT count(*) FROM added), (SELECT count(*) FROM changed), (SELECT count(*) FROM removed)
