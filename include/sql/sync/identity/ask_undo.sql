-- Purpose: a person takes a merge back: the profiles of both sides are never joined again but by a person, and the next
-- sync resolves them. Grain: one row, the number of pairs; none where no such merge stands.
-- Parameters: tenant_id, merge_id, asked_by. Rerun: finds no merge that is not asked back already.
WITH asked AS (
    UPDATE core.customer_merge
    SET undo_asked_by = %(asked_by)s, undo_asked_at = now()
    WHERE tenant_id = %(tenant_id)s AND merge_id = %(merge_id)s AND undone_at IS NULL AND undo_asked_at IS NULL
    RETURNING survivor_profiles, absorbed_profiles
), split AS (
    INSERT INTO core.identity_split (tenant_id, one_profile_id, other_profile_id, split_by)
    SELECT %(tenant_id)s, least(kept COLLATE "C", taken), greatest(kept COLLATE "C", taken), %(asked_by)s
    FROM asked, unnest(survivor_profiles) AS kept, unnest(absorbed_profiles) AS taken
    ON CONFLICT DO NOTHING
), due AS (
    INSERT INTO core.identity_due (tenant_id, profile_id)
    SELECT %(tenant_id)s, unnest(survivor_profiles || absorbed_profiles) FROM asked
    ON CONFLICT DO NOTHING
)
SELECT cardinality(survivor_profiles) * cardinality(absorbed_profiles) FROM asked
