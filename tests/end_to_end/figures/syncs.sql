SELECT run.started_at, tenant.name AS tenant,
       coalesce(('{"arangodb": "LEO CDP", "arangodump": "Dump of LEO CDP", "csv": "CSV files"}'::jsonb) ->> run.source_kind,
                'Not read yet') AS source,
       ('{"whole": "Every row", "incremental": "What is new", "comparison": "Every row compared",
          "replay": "Repaired rows"}'::jsonb) ->> run.mode AS mode,
       coalesce(('{"projected": "Finished", "stopped": "Stopped"}'::jsonb) ->> run.state, 'Under way') AS state,
       coalesce(run.rows_read, 0) AS rows_read, coalesce(run.rows_passed, 0) AS rows_passed,
       coalesce(run.rows_quarantined, 0) AS rows_set_aside,
       round(extract(epoch FROM run.finished_at) - extract(epoch FROM run.started_at)) AS seconds,
       report.masked(run.problem) AS problem
FROM ops.sync_run AS run
JOIN ops.tenant USING (tenant_id)
