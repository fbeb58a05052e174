-- Purpose: when a campaign's schedule began to hold, which runs a change of it made void, and who entered its audience.

ALTER TABLE activation.campaign
    -- When the campaign was first complete with the schedule that it has: earlier moments of it are not made up for.
    ADD COLUMN schedule_since timestamptz;

ALTER TABLE activation.run
    -- When a change of the campaign ended the run. Whom it had not begun to send to counts as not asked yet.
    ADD COLUMN voided_at timestamptz;

-- Who entered the audience of a campaign on entry and was not in a run of it since; entered_at is the moment of the
-- refresh that found them. Whom a change of the segment's definition or of the interest model brought in did not enter:
-- they did nothing. A person in a run that a change of the campaign ended before it began to send to them is still new.
-- Each run that is not void takes everybody there is, so only the entries since the last one are read, and those of the
-- day before it: a refresh can be committed late.
CREATE FUNCTION activation.entered(tenant text, campaign text)
    RETURNS TABLE (customer_id text, entered_at timestamptz)
    LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT change.customer_id, max(refresh.finished_at)
    FROM activation.campaign AS asked
    JOIN segment.run AS refresh
        ON refresh.tenant_id = asked.tenant_id
        AND refresh.segment_id = ANY (array_prepend(asked.segment_id, asked.more_segment_ids))
        AND refresh.entered > 0
        AND refresh.finished_at > greatest(asked.schedule_since, (
            SELECT max(last.planned_at) - interval '1 day'
            FROM activation.run AS last
            WHERE last.tenant_id = tenant AND last.campaign_id = campaign AND last.kind = 'campaign'
              AND last.voided_at IS NULL
        ))
    JOIN segment.membership_change AS change
        ON change.tenant_id = asked.tenant_id AND change.run_id = refresh.run_id AND change.change = 'enter'
        AND change.cause NOT IN ('definition', 'interest_model')
    JOIN segment.membership AS member
        ON member.tenant_id = asked.tenant_id AND member.segment_id = change.segment_id
        AND member.customer_id = change.customer_id
    WHERE asked.tenant_id = tenant AND asked.campaign_id = campaign
      AND NOT EXISTS (
          SELECT FROM segment.membership AS without
          WHERE without.tenant_id = tenant AND without.customer_id = change.customer_id
            AND without.segment_id = ANY (asked.without_segment_ids)
      )
    GROUP BY change.customer_id
    HAVING NOT EXISTS (
        SELECT
        FROM activation.run AS earlier
        JOIN activation.delivery USING (tenant_id, campaign_run_id)
        WHERE earlier.tenant_id = tenant AND earlier.campaign_id = campaign AND earlier.kind = 'campaign'
          AND earlier.planned_at > max(refresh.finished_at) AND delivery.customer_id = change.customer_id
          AND (earlier.voided_at IS NULL OR delivery.state IN ('sending', 'accepted', 'rejected', 'unknown'))
    );
END;
