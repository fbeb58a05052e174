-- Purpose: have a provider erase what it keeps of a person. Grain: one row a provider.
-- Parameters: tenant_id, erasure_id, provider, sealed (null: the provider cannot be asked, a person does it).
-- Rerun: run once, in the transaction of the erasure.
INSERT INTO rights.provider_erasure (tenant_id, erasure_id, provider, sealed, state, settled_at, problem)
VALUES (
    %(tenant_id)s, %(erasure_id)s, %(provider)s, %(sealed)s,
    CASE WHEN %(sealed)s::bytea IS NULL THEN 'by_hand' ELSE 'queued' END,
    CASE WHEN %(sealed)s::bytea IS NULL THEN clock_timestamp() END,
    CASE WHEN %(sealed)s::bytea IS NULL THEN 'The provider has no request for an erasure; ask it by hand.' END)
