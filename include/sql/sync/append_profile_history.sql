-- Purpose: enter what profiles were before this run's merge, where an attribute changed that questions ask for. A state
-- ended when the source says that the record was changed, where it says so anew and the moment lies after the state's
-- beginning and not after now; a change without a new updatedAt ended it when it was read. "Now" is the run's as-of
-- where that was given. A state that lasted no time is not entered: a second state of the same moment corrects the first.
-- Grain: one row a former state. Parameters: tenant_id, sync_run_id, as_of (null: now); reads former_profile.
-- Rerun: the caller has made former_profile in this transaction, before the profiles were merged.
INSERT INTO core.profile_history (
    tenant_id, profile_id, valid_from, valid_to, gender, date_of_birth, age, language, country, city, time_zone,
    time_zone_source, funnel_stage, favorite_color, total_spent_minor, keywords, scores, ext_attributes, deleted_at,
    sync_run_id)
SELECT
    former.tenant_id, former.profile_id, since.valid_from, until.valid_to, former.gender, former.date_of_birth,
    former.age, former.language, former.country, former.city, former.time_zone, former.time_zone_source,
    former.funnel_stage, former.favorite_color, former.total_spent_minor, former.keywords, former.scores,
    former.ext_attributes, former.deleted_at, %(sync_run_id)s
FROM former_profile AS former
JOIN core.profile AS known USING (tenant_id, profile_id)
CROSS JOIN LATERAL (
    SELECT
        coalesce(max(history.valid_to), former.source_created_at, '-infinity') AS valid_from,
        coalesce(%(as_of)s::timestamptz, now()) AS read_at
    FROM core.profile_history AS history
    WHERE history.tenant_id = former.tenant_id AND history.profile_id = former.profile_id
) AS since
CROSS JOIN LATERAL (
    SELECT CASE
        WHEN known.source_updated_at IS DISTINCT FROM former.source_updated_at
            AND known.source_updated_at > since.valid_from AND known.source_updated_at <= since.read_at
            THEN known.source_updated_at
        ELSE since.read_at
    END AS valid_to
) AS until
WHERE known.tenant_id = %(tenant_id)s
  AND until.valid_to > since.valid_from
  AND (former.gender, former.date_of_birth, former.age, former.language, former.country, former.city, former.time_zone,
       former.time_zone_source, former.funnel_stage, former.favorite_color, former.total_spent_minor, former.keywords,
       former.scores, former.ext_attributes, former.deleted_at IS NULL)
      IS DISTINCT FROM
      (known.gender, known.date_of_birth, known.age, known.language, known.country, known.city, known.time_zone,
       known.time_zone_source, known.funnel_stage, known.favorite_color, known.total_spent_minor, known.keywords,
       known.scores, known.ext_attributes, known.deleted_at IS NULL)
