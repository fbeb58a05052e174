-- Purpose: remember a thing with its text and vector.
-- Grain: one row.
-- Parameters: tenant_id, kind, reference, title, body, input_hash, model, precision, vector.
-- Rerun: writes the same again.
INSERT INTO segment.memory (tenant_id, kind, reference, title, body, input_hash, model, precision, vector)
VALUES (
    %(tenant_id)s, %(kind)s, %(reference)s, %(title)s, %(body)s, %(input_hash)s, %(model)s, %(precision)s,
    %(vector)s::public.vector
)
ON CONFLICT (tenant_id, kind, reference) DO UPDATE SET
    title = excluded.title, body = excluded.body, input_hash = excluded.input_hash, model = excluded.model,
    precision = excluded.precision, vector = excluded.vector, remembered_at = now()
