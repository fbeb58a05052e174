-- Purpose: begin an erasure, or go on with one that was cut off.
-- Grain: one row, its id. Parameters: tenant_id, customer (the first of the person's ids), key, asked_by.
-- Rerun: gives the one that is open.
WITH begun AS (
    INSERT INTO rights.erasure (tenant_id, person_hash, asked_by)
    VALUES (%(tenant_id)s, rights.person_hash('customer', %(customer)s, %(key)s), %(asked_by)s)
    ON CONFLICT (tenant_id, person_hash) WHERE finished_at IS NULL DO UPDATE SET asked_by = erasure.asked_by
    RETURNING erasure_id
)
SELECT erasure_id FROM begun
