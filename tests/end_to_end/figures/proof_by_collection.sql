SELECT tenant.name AS tenant,
       (array['Profiles', 'Events', 'Products', 'Event metrics', 'Relations', 'Campaigns', 'Customers', 'Events'])[
           array_position(array['cdp_profile', 'cdp_trackingevent', 'cdp_productitem', 'cdp_eventmetric', 'cdp_profile2profile',
                                'cdp_campaign', 'crm_customers', 'clickstream_events'], collection)] || ' (' || collection || ')' AS collection,
       (proof -> 'source' ->> 'rows')::bigint AS rows_at_source,
       (proof -> 'target' ->> 'rows')::bigint AS rows_here,
       CASE WHEN (proof ->> 'equal')::boolean THEN 'Equal' ELSE 'Different' END AS verdict,
       CASE WHEN proof ->> 'scope' IN ('whole', 'listed') THEN 'Every row' ELSE 'Rows that were read' END AS proved,
       finished_at AS proved_at
FROM (
SELECT DISTINCT ON (run.tenant_id, proved.key)
       run.tenant_id, proved.key AS collection, proved.value AS proof, run.finished_at
FROM ops.sync_run AS run, jsonb_each(run.proof) AS proved
WHERE proved.value ->> 'target' IS NOT NULL
ORDER BY run.tenant_id, proved.key, run.sync_run_id DESC
) AS latest
JOIN ops.tenant USING (tenant_id)
