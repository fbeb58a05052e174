-- Purpose: the Customer vertices follow core: whoever has a live primary profile, without contact data.
-- Grain: one row a customer. Parameters: tenant_id, graph_name, label, as_of (an age counts to it); {vertices}, the label's table.
-- Rerun: only vertices that differ are touched; those whose customer is gone are deleted.
MERGE INTO {vertices} AS vertex
USING (
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
            'total_spent', profile.total_spent_minor,
            'created_at', (extract(epoch FROM profile.source_created_at) * 1000000)::bigint
        ) AS properties
    FROM core.customer AS customer
    JOIN core.profile AS profile USING (tenant_id, customer_id)
    WHERE customer.tenant_id = %(tenant_id)s AND profile.is_primary AND profile.deleted_at IS NULL
) AS wanted
ON vertex.id = wanted.id
WHEN MATCHED AND vertex.properties <> wanted.properties THEN UPDATE SET properties = wanted.properties
WHEN NOT MATCHED BY TARGET THEN INSERT (id, properties) VALUES (wanted.id, wanted.properties)
WHEN NOT MATCHED BY SOURCE THEN DELETE
