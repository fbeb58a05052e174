WITH checked AS (
    SELECT DISTINCT ON (tenant_id, domain) * FROM activation.preflight ORDER BY tenant_id, domain, checked_at DESC
), gate (tenant_id, what, name, state, since, until, why) AS (
    SELECT tenant_id, 'All sending', 'Kill switch', CASE WHEN engaged THEN 'Stopped' ELSE 'Open' END,
           CASE WHEN engaged THEN changed_at END, NULL::timestamptz, CASE WHEN engaged THEN reason END
    FROM ops.tenant, ops.kill_switch
    UNION ALL
    SELECT tenant_id, 'This tenant', 'Stop of the tenant', 'Stopped', stopped_at, NULL, reason
    FROM ops.sending_stop WHERE released_at IS NULL
    UNION ALL
    SELECT tenant_id, 'This tenant', 'Stop of the tenant', 'Open', NULL, NULL, NULL
    FROM ops.tenant WHERE tenant_id NOT IN (SELECT tenant_id FROM ops.sending_stop WHERE released_at IS NULL)
    UNION ALL
    SELECT tenant_id, 'Provider', provider, 'Paused', paused_at, until, reason
    FROM activation.provider_pause WHERE released_at IS NULL AND coalesce(until, 'infinity') > now()
    UNION ALL
    SELECT tenant_id, 'Campaign', CASE WHEN length(name) > 36 THEN left(name, 35) || '…' ELSE name END, 'Paused', paused_at,
           NULL, NULL
    FROM activation.campaign
    WHERE paused_at IS NOT NULL AND state IN ('draft', 'ready', 'in_review', 'approved')
    UNION ALL
    SELECT tenant_id, 'Sending domain', domain, CASE WHEN passed THEN 'Passed' ELSE 'Failed' END, checked_at, NULL,
           (SELECT string_agg(one ->> 'sentence', ' ') FROM jsonb_array_elements(checks) AS one
            WHERE one ->> 'state' <> 'passed')
    FROM checked
)
SELECT tenant.name AS tenant, gate.what, gate.name, gate.state, gate.since, gate.until, report.masked(gate.why) AS why
FROM gate JOIN ops.tenant USING (tenant_id)
