SELECT sum(cost_micro_usd) / 1e6 AS model_cost FROM llm.call WHERE request_id IS NOT NULL
