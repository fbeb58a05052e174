SELECT count(*) AS call_count FROM llm.call
