-- Purpose: one campaign: what it says, whom it is for, how it stands, and who paused it and why.
-- Grain: one row, none where there is no such campaign. Parameters: tenant_id, campaign_id. Rerun: reads only.
SELECT
    campaign.campaign_id, campaign.name, campaign.state, campaign.version, campaign.missing, campaign.requested_by,
    campaign.channels, campaign.message_class, campaign.message, campaign.template_id, campaign.template_version,
    campaign.policy, campaign.schedule, campaign.re_entry, campaign.priority, campaign.seed_list_id, campaign.variants,
    campaign.request_id, campaign.created_at, campaign.paused_at, campaign.paused_by, paused.reason AS pause_reason,
    tenant.time_zone, tenant.currency, tenant.minor_units, clock_timestamp() AS now,
    (
        SELECT jsonb_agg(jsonb_build_object(
            'segment_id', named.segment_id, 'without', named.without, 'name', active.name, 'version', active.version,
            'members', refreshed.member_count) ORDER BY named.without, named.position)
        FROM (
            SELECT segment_id, position, false AS without
            FROM unnest(campaign.segment_id || campaign.more_segment_ids) WITH ORDINALITY AS one (segment_id, position)
            UNION ALL
            SELECT segment_id, position, true
            FROM unnest(campaign.without_segment_ids) WITH ORDINALITY AS one (segment_id, position)
        ) AS named
        LEFT JOIN segment.definition AS active
            ON active.tenant_id = campaign.tenant_id AND active.segment_id = named.segment_id AND active.state = 'active'
        LEFT JOIN LATERAL (
            SELECT run.member_count
            FROM segment.run
            WHERE run.tenant_id = campaign.tenant_id AND run.segment_id = named.segment_id
            ORDER BY run.run_id DESC
            LIMIT 1
        ) AS refreshed ON true
    ) AS segments
FROM activation.campaign
JOIN ops.tenant USING (tenant_id)
LEFT JOIN LATERAL (
    SELECT intervention.reason
    FROM activation.intervention
    WHERE intervention.tenant_id = campaign.tenant_id AND intervention.campaign_id = campaign.campaign_id
      AND intervention.act = 'pause'
    ORDER BY intervention.intervention_id DESC
    LIMIT 1
) AS paused ON campaign.paused_at IS NOT NULL
WHERE campaign.tenant_id = %(tenant_id)s AND campaign.campaign_id = %(campaign_id)s
