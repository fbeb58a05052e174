-- Purpose: the campaigns whose schedule is to be asked: complete, or approved and coming again; not paused, no run waiting for
--          a decision, and each of their segments refreshed under the definition that is active, and not stopped.
-- Grain: one row a campaign, in the order in which they are planned. entered_at is, for one on entry, when the last of those
--        came in who were not in a run since; null where there is nobody.
-- Parameters: tenant_id.
-- Rerun: reads only.
SELECT
    campaign.campaign_id, campaign.schedule, campaign.schedule_since, tenant.time_zone, latest.due_at AS last_due_at,
    entered.entered_at, clock_timestamp() AS now
FROM activation.campaign
JOIN ops.tenant USING (tenant_id)
LEFT JOIN LATERAL (
    SELECT max(run.due_at) AS due_at, coalesce(bool_or(run.state = 'planned'), false) AS is_undecided
    FROM activation.run
    WHERE run.tenant_id = campaign.tenant_id AND run.campaign_id = campaign.campaign_id AND run.kind = 'campaign'
) AS latest ON true
LEFT JOIN LATERAL (
    SELECT max(came.entered_at) AS entered_at
    FROM activation.entered(campaign.tenant_id, campaign.campaign_id) AS came
    WHERE campaign.schedule ->> 'kind' = 'on_entry'
) AS entered ON true
WHERE campaign.tenant_id = %(tenant_id)s
  AND campaign.version IS NOT NULL AND campaign.schedule_since IS NOT NULL AND campaign.paused_at IS NULL
  AND (
      campaign.state = 'ready'
      OR (campaign.state = 'approved' AND campaign.schedule ->> 'kind' IN ('recurring', 'on_entry'))
  )
  AND NOT latest.is_undecided
  AND NOT EXISTS (
      SELECT
      FROM unnest(array_prepend(campaign.segment_id, campaign.more_segment_ids) || campaign.without_segment_ids)
          AS named (segment_id)
      WHERE NOT EXISTS (
          SELECT FROM segment.definition
          JOIN segment.run USING (tenant_id, segment_id, version)
          WHERE definition.tenant_id = campaign.tenant_id AND definition.segment_id = named.segment_id
            AND definition.state = 'active'
      ) OR EXISTS (
          SELECT FROM segment.agreement
          WHERE agreement.tenant_id = campaign.tenant_id AND agreement.segment_id = named.segment_id
            AND agreement.stopped_since IS NOT NULL
      )
  )
ORDER BY campaign.priority, campaign.campaign_id
