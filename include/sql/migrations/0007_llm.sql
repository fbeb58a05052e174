-- Purpose: what every call of a language model cost and how it ended.

-- Grain: one row a call, append-only. No text of the request or answer: those stand in segment.request.
CREATE TABLE llm.call (
    tenant_id text NOT NULL REFERENCES ops.tenant,
    call_id bigint GENERATED ALWAYS AS IDENTITY,
    task text NOT NULL,
    prompt_name text NOT NULL,
    prompt_version integer NOT NULL,
    prompt_hash text NOT NULL,
    model text NOT NULL,
    request_id bigint,
    input_tokens integer NOT NULL DEFAULT 0,
    output_tokens integer NOT NULL DEFAULT 0,
    cost_micro_usd bigint,
    latency_ms integer NOT NULL,
    outcome text NOT NULL,
    occurred_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, call_id)
);
COMMENT ON COLUMN llm.call.cost_micro_usd IS 'Millionths of a US dollar by the price list of the day; null: price not known.';
CALL ops.protect('llm.call');
REVOKE UPDATE, DELETE ON llm.call FROM leo_loader, leo_writer;
