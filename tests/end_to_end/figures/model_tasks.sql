SELECT upper(substr(task, 1, 1)) || replace(substr(task, 2), '_', ' ') AS task, model, count(*) AS call_count,
       count(CASE WHEN outcome NOT IN ('ok', 'answered') THEN 1 END)::numeric / count(*) AS calls_failed_share,
       sum(coalesce(input_tokens, 0)) AS tokens_in, sum(coalesce(output_tokens, 0)) AS tokens_out,
       sum(coalesce(cost_micro_usd, 0)) / 1000000.0 AS cost,
       count(*) - count(cost_micro_usd) AS calls_without_price,
       percentile_cont(0.5) WITHIN GROUP (ORDER BY latency_ms) / 1000 AS median_seconds,
       percentile_cont(0.95) WITHIN GROUP (ORDER BY latency_ms) / 1000 AS p95_seconds
FROM llm.call
GROUP BY task, model
