-- Purpose: what is computed about the tenant's customers. Grain: one row.
-- Parameters: none; the connection is bound to the tenant.
-- Rerun: reads only.
SELECT
    (SELECT count(DISTINCT customer_id) FROM core.profile WHERE deleted_at IS NULL) AS customers,
    (SELECT count(DISTINCT customer_id) FROM profile.interest) AS with_interests,
    (SELECT count(*) FROM profile.interest) AS interests,
    (SELECT count(*) FROM profile.text) AS texts,
    (SELECT count(*) FROM profile.embedding) AS vectors,
    (SELECT min(model || ', ' || precision) FROM profile.embedding) AS model
