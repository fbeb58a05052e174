SELECT count(DISTINCT city) AS city_count FROM core.profile WHERE is_primary AND deleted_at IS NULL
