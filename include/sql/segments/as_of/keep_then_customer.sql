-- Purpose: of the profiles of a moment keep those of one customer: what is asked of nobody else is read of nobody else.
-- Grain: deletes rows of the temporary table. Parameters: customer_id. Rerun: deletes none.
DELETE FROM then_profile WHERE customer_id <> %(customer_id)s
