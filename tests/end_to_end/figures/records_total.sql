SELECT count(*) AS records_total FROM core.profile WHERE deleted_at IS NULL
