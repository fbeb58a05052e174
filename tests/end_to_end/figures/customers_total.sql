SELECT count(*) AS customers_total FROM core.profile WHERE is_primary AND deleted_at IS NULL
