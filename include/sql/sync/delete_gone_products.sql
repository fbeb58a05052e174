-- Purpose: products that the source no longer has, and the earlier ids of those that it has under another one. They
-- stay for the events that name them, out of the catalogue.
-- Grain: one row a product; gives their number. Parameters: tenant_id. Rerun: finds none.
WITH gone_product AS (
    UPDATE core.product AS known
    SET gone_at = now(), deleted_at = coalesce(known.deleted_at, now())
    WHERE known.tenant_id = %(tenant_id)s
      AND known.gone_at IS NULL
      AND (
          known.source_key IN (SELECT source_key FROM gone WHERE collection = 'cdp_productitem')
          OR EXISTS (
              SELECT FROM shaped_product AS read
              WHERE read.source_rev <> 'unlisted'
                AND read.source_key = known.source_key AND read.product_id <> known.product_id
          )
      )
    RETURNING known.product_id
),
noted AS (
    INSERT INTO changed_product (product_id) SELECT product_id FROM gone_product ON CONFLICT DO NOTHING
)
SELECT count(*) FROM gone_product
