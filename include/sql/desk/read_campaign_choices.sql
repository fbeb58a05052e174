-- Purpose: what the form of a campaign offers: segments, templates, approved templates of Zalo, lists and pools.
-- Grain: one row, each kind a JSON list.
-- Parameters: tenant_id; most, of each kind.
-- Rerun: reads only.
SELECT
    tenant.name AS tenant_name, tenant.currency, tenant.minor_units, tenant.time_zone, tenant.language,
    (
        SELECT coalesce(jsonb_agg(sender.channel ORDER BY sender.channel), '[]')
        FROM activation.sender
        WHERE sender.tenant_id = tenant.tenant_id
    ) AS senders,
    (
        SELECT coalesce(jsonb_agg(jsonb_build_array(one.segment_id, one.name) ORDER BY one.name, one.segment_id), '[]')
        FROM (
            SELECT definition.segment_id, definition.name
            FROM segment.definition
            WHERE definition.tenant_id = tenant.tenant_id AND definition.state = 'active'
            ORDER BY definition.name, definition.segment_id
            LIMIT %(most)s
        ) AS one
    ) AS segments,
    (
        SELECT coalesce(jsonb_agg(jsonb_build_object(
            'id', one.template_id, 'version', one.version, 'channels', one.channels, 'languages', one.languages
        ) ORDER BY one.template_id), '[]')
        FROM (
            SELECT
                newest.template_id, newest.version, array_agg(DISTINCT form.channel) AS channels,
                array_agg(DISTINCT form.language) FILTER (WHERE form.language <> '') AS languages
            FROM (
                SELECT template.template_id, max(template.version) AS version
                FROM activation.template
                WHERE template.tenant_id = tenant.tenant_id
                GROUP BY template.template_id
                ORDER BY template.template_id
                LIMIT %(most)s
            ) AS newest
            JOIN activation.template AS form
                ON form.tenant_id = tenant.tenant_id AND form.template_id = newest.template_id
                AND form.version = newest.version
            GROUP BY newest.template_id, newest.version
        ) AS one
    ) AS templates,
    (
        SELECT coalesce(jsonb_agg(jsonb_build_object(
            'id', kept.provider_template_id, 'name', kept.name, 'tag', kept.tag, 'quality', kept.quality,
            'price', kept.price_by_user, 'parameters', kept.parameters, 'synced_at', kept.synced_at
        ) ORDER BY kept.name, kept.provider_template_id), '[]')
        FROM activation.provider_template AS kept
        WHERE kept.tenant_id = tenant.tenant_id AND kept.provider = 'zalo' AND kept.status = 'approved'
          AND kept.gone_at IS NULL
    ) AS zalo_templates,
    (
        SELECT coalesce(jsonb_agg(list.seed_list_id ORDER BY list.seed_list_id), '[]')
        FROM activation.seed_list AS list
        WHERE list.tenant_id = tenant.tenant_id
    ) AS seed_lists,
    (
        SELECT coalesce(jsonb_agg(pool.pool_id ORDER BY pool.pool_id), '[]')
        FROM activation.coupon_pool AS pool
        WHERE pool.tenant_id = tenant.tenant_id
    ) AS coupon_pools
FROM ops.tenant
WHERE tenant.tenant_id = %(tenant_id)s
