-- Purpose: put a request into the inbox.
-- Grain: one row a call; returns its id.
-- Parameters: tenant_id, text, requested_by, as_of (null: the data's own at drafting), revises_request_id and
--             edited_by (null: a request of its own).
-- Rerun: makes another request; whoever asks twice gets two.
INSERT INTO segment.request (tenant_id, text, requested_by, as_of, revises_request_id, edited_by)
VALUES (%(tenant_id)s, %(text)s, %(requested_by)s, %(as_of)s, %(revises_request_id)s, %(edited_by)s)
RETURNING request_id
