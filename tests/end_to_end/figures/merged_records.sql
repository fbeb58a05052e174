SELECT count(*) - count(DISTINCT (tenant_id, customer_id)) AS merged_total FROM core.profile WHERE deleted_at IS NULL
