-- Purpose: how a brand speaks, and copy that a language model proposed and a person takes or leaves.

-- Grain: one row a language in which the tenant's brand speaks; '' holds for every language without a row of its own.
CREATE TABLE activation.brand_voice (
    tenant_id text NOT NULL REFERENCES ops.tenant,
    language text NOT NULL,
    voice text NOT NULL CHECK (length(voice) BETWEEN 1 AND 2000),
    -- What copy does and what it never does, one sentence each.
    does text[] NOT NULL DEFAULT '{}',
    does_not text[] NOT NULL DEFAULT '{}',
    set_by text NOT NULL,
    set_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, language)
);
CALL ops.protect('activation.brand_voice');

-- Grain: one row a proposal of copy. No campaign can use it: only a person's acceptance makes a template version of it.
CREATE TABLE activation.template_draft (
    tenant_id text NOT NULL REFERENCES ops.tenant,
    draft_id bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
    template_id text NOT NULL,
    channel text NOT NULL,
    language text NOT NULL,
    segment_id text NOT NULL,
    -- The segment's sentence that the copy was written for.
    sentence text NOT NULL,
    subject text,
    preheader text,
    body text NOT NULL,
    model text NOT NULL,
    prompt_version integer NOT NULL,
    state text NOT NULL DEFAULT 'proposed' CHECK (state IN ('proposed', 'accepted', 'rejected')),
    proposed_for text NOT NULL,
    proposed_at timestamptz NOT NULL DEFAULT now(),
    decided_by text,
    decided_at timestamptz,
    -- The template version that acceptance made.
    template_version integer,
    PRIMARY KEY (tenant_id, draft_id),
    CHECK ((state = 'proposed') = (decided_by IS NULL AND decided_at IS NULL)),
    CHECK ((state = 'accepted') = (template_version IS NOT NULL))
);
CALL ops.protect('activation.template_draft');
REVOKE DELETE ON activation.template_draft FROM leo_loader, leo_writer;

-- Templates have no calls any more; the plain layout's subject says the same by a filter.
UPDATE activation.template
SET subject = '{{ message | one_line | truncate(70, false, ''…'') }}'
WHERE subject = '{{ message.split() | join('' '') | truncate(70, false, ''…'') }}';
