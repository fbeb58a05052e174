-- Purpose: rows that cannot be read and were erased because they named somebody leave the stage again, byte for byte.
-- Grain: key and revision of each row that was dropped. Parameters: tenant_id, key; {staged}, the collection's table in the
-- stage. Rerun: finds none.
DELETE FROM {staged} AS staged
USING rights.erased_person AS known
WHERE (staged.problem IS NOT NULL OR staged.source_key = '')
  AND known.tenant_id = %(tenant_id)s AND known.kind = 'row'
  AND known.hash = rights.person_hash('row', encode(sha256(staged.raw), 'hex'), %(key)s)
RETURNING staged.source_key, staged.source_rev
