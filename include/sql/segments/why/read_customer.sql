-- Purpose: whether there is a customer, and who they are now if they were absorbed by another.
-- Grain: one row, none where nobody ever had the id: whether a live profile speaks for the customer, and the customer who
--        absorbed them (null: nobody).
-- Parameters: tenant_id, customer_id.
-- Rerun: reads only.
SELECT
    EXISTS (
        SELECT FROM core.profile AS profile
        WHERE profile.tenant_id = customer.tenant_id AND profile.customer_id = customer.customer_id
          AND profile.is_primary AND profile.deleted_at IS NULL
    ),
    (
        SELECT merge.survivor_id
        FROM core.customer_merge AS merge
        WHERE merge.tenant_id = customer.tenant_id AND merge.absorbed_id = customer.customer_id
          AND merge.undone_at IS NULL
    )
FROM core.customer AS customer
WHERE customer.tenant_id = %(tenant_id)s AND customer.customer_id = %(customer_id)s
