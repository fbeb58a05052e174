SELECT upper(substr(aside.rule, 1, 1)) || replace(substr(aside.rule, 2), '_', ' ') AS rule,
       (array['Profiles', 'Events', 'Products', 'Event metrics', 'Relations', 'Campaigns', 'Customers', 'Events'])[
           array_position(array['cdp_profile', 'cdp_trackingevent', 'cdp_productitem', 'cdp_eventmetric', 'cdp_profile2profile',
                                'cdp_campaign', 'crm_customers', 'clickstream_events'], aside.collection)] || ' (' || aside.collection || ')' AS collection,
       sum(CASE WHEN aside.state = 'open' AND run.state <> 'stopped' THEN 1 ELSE 0 END) AS rows_waiting
FROM ops.quarantine AS aside
JOIN ops.sync_run AS run USING (sync_run_id)
GROUP BY 1, 2
UNION ALL
SELECT 'Nothing was set aside', 'None', 0
WHERE EXISTS (SELECT FROM ops.tenant AS t WHERE t.tenant_id NOT IN (SELECT tenant_id FROM ops.quarantine))
