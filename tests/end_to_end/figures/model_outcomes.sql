SELECT upper(substr(task, 1, 1)) || replace(substr(task, 2), '_', ' ') AS task,
       coalesce(('{"ok": "Answered", "answered": "Answered", "sent": "No end known", "invalid_output": "Answer did not fit",
                  "refused": "Refused by the filter"}'::jsonb) ->> outcome,
                upper(substr(outcome, 1, 1)) || replace(substr(outcome, 2), '_', ' ')) AS outcome,
       count(*) AS call_count
FROM llm.call
GROUP BY 1, 2
