-- Purpose: what the graph is to hold of customers: whoever has a live primary profile, without contact data. The total
-- is the one that the source states, else what was kept of all purchases; the scores are those of graph_schema.SCORES.
-- Grain: one row a Customer vertex: id, properties. Parameters: tenant_id, graph_name, label, minor_units, as_of (an
-- age counts to it); {source}: core.customer, or the rows of it that a run concerns; {net_purchase}, what was kept of
-- their purchases. Rerun: reads only.
SELECT
    _graphid((SELECT _label_id(%(graph_name)s, %(label)s))::integer, customer.graph_key) AS id,
    agtype_build_map_nonull(
        'customer_id', customer.customer_id,
        'country', profile.country::text,
        'city', profile.city,
        'gender', profile.gender,
        'age', coalesce(
            extract(year FROM age((%(as_of)s::timestamptz AT TIME ZONE 'UTC')::date, profile.date_of_birth))::bigint,
            profile.age
        ),
        'birth_month', extract(month FROM profile.date_of_birth)::bigint,
        'birthday', extract(month FROM profile.date_of_birth)::bigint * 100
            + extract(day FROM profile.date_of_birth)::bigint,
        'language', profile.language,
        'funnel_stage', profile.funnel_stage,
        'favorite_color', profile.favorite_color,
        'total_spent', coalesce(profile.total_spent_minor, net.total_minor),
        'lifetime_value', core.to_minor(profile.scores ->> 'total_clv', %(minor_units)s),
        'created_at', (extract(epoch FROM profile.source_created_at) * 1000000)::bigint,
        'lead_score', (profile.scores ->> 'total_lead_score')::float8,
        'prospect_score', (profile.scores ->> 'total_prospect_score')::float8,
        'engagement_score', (profile.scores ->> 'total_engagement_score')::float8,
        'loyalty_score', (profile.scores ->> 'total_loyalty_score')::float8,
        'rfm_score', (profile.scores ->> 'rfm_score')::float8,
        'churn_score', (profile.scores ->> 'churn_score')::float8,
        'satisfaction_score', (profile.scores ->> 'total_csat')::float8,
        'promoter_score', (profile.scores ->> 'total_nps')::float8,
        'shuffle', core.shuffle(customer.tenant_id, customer.customer_id)
    ) AS properties
FROM {source} AS customer
JOIN core.profile AS profile USING (tenant_id, customer_id)
LEFT JOIN (
    SELECT customer_id, coalesce(sum(net_minor), 0)::bigint AS total_minor
    FROM {net_purchase}
    GROUP BY customer_id
) AS net USING (customer_id)
WHERE customer.tenant_id = %(tenant_id)s AND profile.is_primary AND profile.deleted_at IS NULL
