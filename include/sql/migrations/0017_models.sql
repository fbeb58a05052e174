-- Purpose: calls of a language model stand before they are sent; which prompt and model serve, and by what evaluation.

-- A call stands with outcome 'sent' before its first byte goes out. Afterwards only what the answer tells is written, by
-- the column grants below. A count that nobody told (no answer came) is null, and the budget takes what was reserved.
ALTER TABLE llm.call
    ALTER COLUMN input_tokens DROP NOT NULL,
    ALTER COLUMN input_tokens DROP DEFAULT,
    ALTER COLUMN output_tokens DROP NOT NULL,
    ALTER COLUMN output_tokens DROP DEFAULT,
    ALTER COLUMN latency_ms DROP NOT NULL,
    -- The most that the call may take, input and answer together.
    ADD COLUMN reserved_tokens integer NOT NULL DEFAULT 0 CHECK (reserved_tokens >= 0),
    -- The most that it may cost in millionths of a US dollar; null: price not known.
    ADD COLUMN reserved_micro_usd bigint CHECK (reserved_micro_usd >= 0),
    -- The model that the provider says answered, which may be more exact than the one that was asked.
    ADD COLUMN answered_by text,
    -- The ledger never holds what was said, and what a provider calls itself is not trusted to be a name.
    ADD CHECK (outcome ~ '^[a-z_]{1,30}$'),
    ADD CHECK (answered_by ~ '^[A-Za-z0-9._:/@-]{1,120}$');
COMMENT ON TABLE llm.call IS 'Grain: one row a call, inserted before it is sent and completed when it ends; no text of it.';
GRANT UPDATE (input_tokens, output_tokens, cost_micro_usd, latency_ms, outcome, answered_by)
    ON llm.call TO leo_loader, leo_writer;
CREATE INDEX ON llm.call (tenant_id, occurred_at);
CREATE INDEX ON llm.call (tenant_id, request_id) WHERE request_id IS NOT NULL;

-- The next three belong to the installation, as its prompt files and its model connection do: no tenant's data is in
-- them (the golden set has a catalogue of its own), so they have no tenant_id and no row security
-- (docs/decisions/prompt-activation.md). Rows are only ever added.

-- Grain: one row a case of a golden set, asked in one run with one prompt and one model; how it ended. A run that was
-- interrupted finds here what it has asked already.
CREATE TABLE llm.evaluation_case (
    task text NOT NULL,
    prompt_hash text NOT NULL,
    model text NOT NULL,
    golden_hash text NOT NULL,
    evaluated_in text NOT NULL,
    case_id text NOT NULL,
    verdict text NOT NULL CHECK (verdict IN ('exact', 'wrong', 'asked_back', 'no_answer')),
    input_tokens bigint NOT NULL,
    output_tokens bigint NOT NULL,
    cost_micro_usd bigint,
    asked_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (task, prompt_hash, model, golden_hash, evaluated_in, case_id)
);
COMMENT ON COLUMN llm.evaluation_case.evaluated_in IS 'The run that asked, as Airflow names it.';

-- Grain: one row a whole run of a golden set with one prompt and one model; there is none of a part of it. exact counts
-- the requests, too, that had to be asked back and were; asked_back those that had a plan and got a question.
CREATE TABLE llm.evaluation (
    evaluation_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    task text NOT NULL,
    prompt_version integer NOT NULL,
    prompt_hash text NOT NULL,
    model text NOT NULL,
    golden_hash text NOT NULL,
    evaluated_in text NOT NULL,
    cases integer NOT NULL CHECK (cases > 0),
    exact integer NOT NULL,
    wrong integer NOT NULL,
    asked_back integer NOT NULL,
    no_answer integer NOT NULL,
    input_tokens bigint NOT NULL,
    output_tokens bigint NOT NULL,
    cost_micro_usd bigint,
    evaluated_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (task, prompt_hash, model, golden_hash, evaluated_in),
    CHECK (cases = exact + wrong + asked_back + no_answer)
);

-- Grain: one row a decision about what may serve a task; the newest activated row of a task serves. compared_with is the
-- evaluation of what served before on the same golden set, null where nothing was compared.
CREATE TABLE llm.activation (
    activation_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    task text NOT NULL,
    prompt_version integer NOT NULL,
    prompt_hash text NOT NULL,
    model text NOT NULL,
    connection_id text NOT NULL,
    decision text NOT NULL CHECK (decision IN ('activated', 'blocked')),
    evaluation_id bigint NOT NULL REFERENCES llm.evaluation,
    compared_with bigint REFERENCES llm.evaluation,
    decided_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX ON llm.activation (task, activation_id DESC);

GRANT SELECT, INSERT ON llm.evaluation_case, llm.evaluation, llm.activation TO leo_writer;
GRANT SELECT ON llm.evaluation_case, llm.evaluation, llm.activation TO leo_loader, leo_report_owner;
