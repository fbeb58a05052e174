SELECT (SELECT count(DISTINCT (tenant_id, customer_id)) FROM profile.interest WHERE topic_type = 'category')::float
    / (SELECT count(*) FROM core.profile WHERE is_primary AND deleted_at IS NULL) AS interested_share
