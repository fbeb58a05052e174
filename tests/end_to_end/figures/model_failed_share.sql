SELECT (SELECT count(*) FROM llm.call WHERE outcome <> 'ok' AND outcome <> 'answered')::numeric
       / nullif(count(*), 0) AS calls_failed_share
FROM llm.call
