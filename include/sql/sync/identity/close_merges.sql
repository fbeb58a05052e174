-- Purpose: merges that hold no longer: the absorbed customer stands by itself again, or went with somebody else.
-- Grain: one row a merge; gives their number. Parameters: tenant_id. Rerun: finds none.
WITH closed AS (
    UPDATE core.customer_merge AS merge
    SET undone_at = now(), undone_by = coalesce(merge.undo_asked_by, 'source')
    FROM core.profile AS absorbed, core.profile AS survivor
    WHERE merge.tenant_id = %(tenant_id)s AND merge.undone_at IS NULL
      AND merge.absorbed_id IN (SELECT member FROM identity_place)
      AND absorbed.tenant_id = %(tenant_id)s AND absorbed.profile_id = merge.absorbed_id
      AND survivor.tenant_id = %(tenant_id)s AND survivor.profile_id = merge.survivor_id
      AND (absorbed.customer_id = merge.absorbed_id OR absorbed.customer_id <> survivor.customer_id)
    RETURNING merge.merge_id
), noted AS (
    INSERT INTO closed_merge (merge_id) SELECT merge_id FROM closed
)
SELECT count(*) FROM closed
