-- Purpose: remember by keyed hashes who was erased, so that a sync does not bring them back.
-- Grain: one row a kind and name. Parameters: tenant_id, key, kinds and names (side by side). Rerun: inserts nothing.
INSERT INTO rights.erased_person (tenant_id, kind, hash)
SELECT DISTINCT %(tenant_id)s, asked.kind, rights.person_hash(asked.kind, asked.name, %(key)s)
FROM unnest(%(kinds)s::text[], %(names)s::text[]) AS asked (kind, name)
ON CONFLICT DO NOTHING
