SELECT count(DISTINCT country) AS country_count FROM core.profile WHERE is_primary AND deleted_at IS NULL
