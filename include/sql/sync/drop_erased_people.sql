-- Purpose: what was read of people who were erased leaves the stage, in the transaction that brought it there.
-- Grain: key and revision of each row that was dropped. Parameters: tenant_id, key; {staged}, the collection's table in the
-- stage; {person}, the column that names a profile, plain or as an edge of LEO does (cdp_profile/<key>).
-- Rerun: finds none. The hash costs more than the comparison, so that each name is hashed once.
WITH named AS MATERIALIZED (
    SELECT DISTINCT {person} AS name FROM {staged} WHERE {person} IS NOT NULL
), erased AS MATERIALIZED (
    SELECT named.name
    FROM named
    JOIN rights.erased_person AS known
        ON known.tenant_id = %(tenant_id)s AND known.kind = 'profile'
        AND known.hash = rights.person_hash('profile', regexp_replace(named.name, '^cdp_profile/', ''), %(key)s)
)
DELETE FROM {staged} AS staged
USING erased
WHERE staged.{person} = erased.name
RETURNING staged.source_key, staged.source_rev
