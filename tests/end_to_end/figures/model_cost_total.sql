SELECT coalesce(sum(cost_micro_usd), 0) / 1000000.0 AS cost FROM llm.call
