WITH age (age, at_least, below) AS (
    VALUES ('1 under a day', 0, 1), ('2 under a week', 1, 7), ('3 under 30 days', 7, 30), ('4 older', 30, 100000)
)
SELECT age.age, tenant.name AS tenant,
       (SELECT count(*)
        FROM ops.quarantine AS aside
        JOIN ops.sync_run AS run USING (sync_run_id)
        WHERE aside.tenant_id = tenant.tenant_id AND aside.state = 'open' AND run.state <> 'stopped'
          AND now() - aside.created_at >= make_interval(days => age.at_least)
          AND now() - aside.created_at < make_interval(days => age.below)) AS rows_waiting
FROM ops.tenant, age
