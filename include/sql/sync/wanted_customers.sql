-- Purpose: what the graph is to hold of customers: whoever has a live primary profile, without contact data. The total
-- is the one that the source states, else what was kept of all purchases.
-- Grain: one row a Customer vertex: id, properties. Parameters: tenant_id, graph_name, label, as_of (an age counts to
-- it); {source}: core.customer, or the rows of it that a run concerns; {net_purchase}, what was kept of their purchases.
-- Rerun: reads only.
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
        'language', profile.language,
        'funnel_stage', profile.funnel_stage,
        'favorite_color', profile.favorite_color,
        'total_spent', coalesce(profile.total_spent_minor, net.total_minor),
        'created_at', (extract(epoch FROM profile.source_created_at) * 1000000)::bigint
    ) AS properties
FROM {source} AS customer
JOIN core.profile AS profile USING (tenant_id, customer_id)
LEFT JOIN (
    SELECT customer_id, coalesce(sum(net_minor), 0)::bigint AS total_minor
    FROM {net_purchase}
    GROUP BY customer_id
) AS net USING (customer_id)
WHERE customer.tenant_id = %(tenant_id)s AND profile.is_primary AND profile.deleted_at IS NULL
