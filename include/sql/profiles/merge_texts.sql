-- Purpose: profile.text becomes computed_text.
-- Grain: one row with the numbers of texts written and removed.
-- Parameters: tenant_id, as_of (when the text was true); reads computed_text.
-- Rerun: only differences are written.
WITH removed AS (
    DELETE FROM profile.text AS kept
    WHERE kept.tenant_id = %(tenant_id)s
      AND NOT EXISTS (SELECT FROM computed_text AS computed WHERE computed.customer_id = kept.customer_id)
    RETURNING 1
), changed AS (
    UPDATE profile.text AS kept
    SET body = computed.body, input_hash = computed.input_hash, as_of = %(as_of)s, written_at = now()
    FROM computed_text AS computed
    WHERE kept.tenant_id = %(tenant_id)s
      AND kept.customer_id = computed.customer_id
      AND kept.input_hash <> computed.input_hash
    RETURNING 1
), added AS (
    INSERT INTO profile.text (tenant_id, customer_id, body, input_hash, as_of)
    SELECT %(tenant_id)s, computed.customer_id, computed.body, computed.input_hash, %(as_of)s
    FROM computed_text AS computed
    WHERE NOT EXISTS (
        SELECT FROM profile.text AS kept
        WHERE kept.tenant_id = %(tenant_id)s AND kept.customer_id = computed.customer_id
    )
    RETURNING 1
)
SELECT (SELECT count(*) FROM added) + (SELECT count(*) FROM changed), (SELECT count(*) FROM removed)
