-- Purpose: a page of the campaigns, the newest first, each with the last run of it that was planned.
-- Grain: one row a campaign.
-- Parameters: tenant_id; state (or null: any); search (part of name or id, lower case, or null); after_at and
--             after_id (the moment and id of the last one shown, or null); most.
-- Rerun: reads only.
SELECT
    campaign.campaign_id, campaign.name, campaign.state, campaign.version, campaign.paused_at, campaign.channels,
    campaign.schedule, campaign.requested_by, campaign.created_at, cardinality(campaign.missing) AS missing,
    segment.name AS segment_name, campaign.segment_id, cardinality(campaign.more_segment_ids) AS more_segments,
    latest.campaign_run_id, latest.planned_at, latest.state AS run_state, matched.kept AS matched, to_send.kept AS to_send
FROM activation.campaign
LEFT JOIN LATERAL (
    SELECT definition.name
    FROM segment.definition
    WHERE definition.tenant_id = campaign.tenant_id AND definition.segment_id = campaign.segment_id
    ORDER BY definition.version DESC
    LIMIT 1
) AS segment ON true
LEFT JOIN LATERAL (
    SELECT run.campaign_run_id, run.planned_at, run.state
    FROM activation.run
    WHERE run.tenant_id = campaign.tenant_id AND run.campaign_id = campaign.campaign_id AND run.kind = 'campaign'
    ORDER BY run.campaign_run_id DESC
    LIMIT 1
) AS latest ON true
LEFT JOIN activation.audience_step AS matched
    ON matched.tenant_id = campaign.tenant_id AND matched.campaign_run_id = latest.campaign_run_id
    AND matched.step = 'matched'
LEFT JOIN activation.audience_step AS to_send
    ON to_send.tenant_id = campaign.tenant_id AND to_send.campaign_run_id = latest.campaign_run_id
    AND to_send.step = 'to_send'
WHERE campaign.tenant_id = %(tenant_id)s
  AND (%(state)s::text IS NULL OR campaign.state = %(state)s)
  AND (
      %(search)s::text IS NULL OR strpos(lower(campaign.name), %(search)s) > 0 OR strpos(campaign.campaign_id, %(search)s) > 0
  )
  AND (
      %(after_at)s::timestamptz IS NULL
      OR (campaign.created_at, campaign.campaign_id) < (%(after_at)s::timestamptz, %(after_id)s)
  )
ORDER BY campaign.created_at DESC, campaign.campaign_id DESC
LIMIT %(most)s
