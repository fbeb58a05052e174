-- Purpose: note that people are asked.
-- Grain: one row a round.
-- Parameters: tenant_id, reviewed, number, hash (null: the review binds none), assigned, shown_at, expires_at.
-- Rerun: refused by the primary key, and while another round of the review is open.
INSERT INTO ops.review_round (tenant_id, reviewed, round, hash, assigned, shown_at, expires_at)
VALUES (%(tenant_id)s, %(reviewed)s, %(number)s, %(hash)s, %(assigned)s, %(shown_at)s, %(expires_at)s)
