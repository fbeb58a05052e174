-- Purpose: posts on a tenant's Facebook Page: what is to be posted, who decided, and each try with its end.

-- Grain: one row a post. What is decided about is its hash; a post that is submitted anew with other words has another
-- version and is decided about again. No contact data is in it.
CREATE TABLE activation.page_post (
    tenant_id text NOT NULL REFERENCES ops.tenant,
    post_id bigint GENERATED ALWAYS AS IDENTITY,
    -- The author's own name of it, by which a second submission is the same post.
    name text NOT NULL,
    version integer NOT NULL DEFAULT 1,
    page_id text NOT NULL,
    message text NOT NULL,
    link text,
    not_before timestamptz NOT NULL,
    publish_by timestamptz NOT NULL,
    requested_by text NOT NULL,
    hash text NOT NULL,
    -- submitted -> approved | rejected; approved -> publishing (the attempt is committed) -> published | refused | unknown, or
    -- approved again where it was proved that nothing was taken. unknown is never published again.
    state text NOT NULL DEFAULT 'submitted' CHECK (state IN (
        'submitted', 'approved', 'rejected', 'publishing', 'published', 'refused', 'unknown', 'expired', 'withdrawn')),
    state_changed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- Counts all attempts; an answer counts only for the last of them. attempts are those of this version.
    fence bigint NOT NULL DEFAULT 0,
    attempts integer NOT NULL DEFAULT 0,
    next_attempt_at timestamptz,
    -- The post's id at Facebook, and how it was learnt: by the answer, or by the Page's feed.
    facebook_id text,
    settled_by text CHECK (settled_by IN ('answer', 'feed')),
    submitted_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (tenant_id, post_id),
    UNIQUE (tenant_id, name),
    CHECK (not_before < publish_by)
);
CREATE INDEX page_post_open ON activation.page_post (tenant_id, state)
    WHERE state IN ('submitted', 'approved', 'publishing', 'unknown');
CREATE UNIQUE INDEX page_post_at_facebook ON activation.page_post (tenant_id, facebook_id) WHERE facebook_id IS NOT NULL;
CALL ops.protect('activation.page_post');

-- Grain: one row a person's decision about one version of a post.
CREATE TABLE activation.page_post_decision (
    tenant_id text NOT NULL,
    post_id bigint NOT NULL,
    version integer NOT NULL,
    hash text NOT NULL,
    decision text NOT NULL CHECK (decision IN ('approve', 'reject')),
    decided_by text NOT NULL,
    decided_at timestamptz NOT NULL,
    note text,
    PRIMARY KEY (tenant_id, post_id, version, decided_by),
    FOREIGN KEY (tenant_id, post_id) REFERENCES activation.page_post
);
CALL ops.protect('activation.page_post_decision');

-- Grain: one row a try, written and committed before its first byte.
CREATE TABLE activation.page_post_attempt (
    tenant_id text NOT NULL,
    post_id bigint NOT NULL,
    fence bigint NOT NULL,
    started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    worker text NOT NULL,
    outcome text CHECK (outcome IN ('accepted', 'rejected', 'retry', 'unknown')),
    phase text,
    answer text,
    finished_at timestamptz,
    PRIMARY KEY (tenant_id, post_id, fence),
    FOREIGN KEY (tenant_id, post_id) REFERENCES activation.page_post
);
CALL ops.protect('activation.page_post_attempt');
REVOKE DELETE ON activation.page_post, activation.page_post_decision, activation.page_post_attempt
    FROM leo_loader, leo_writer;
REVOKE UPDATE ON activation.page_post_decision FROM leo_loader, leo_writer;

CREATE FUNCTION audit.note_page_post() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM audit.note(
        NEW.tenant_id, 'page_post.' || NEW.state, 'page_post:' || NEW.post_id,
        CASE WHEN NEW.state = 'submitted' THEN NEW.requested_by END, NULL,
        jsonb_build_object('version', NEW.version, 'hash', NEW.hash));
    RETURN NULL;
END
$$;
CREATE TRIGGER audit_submitted AFTER INSERT ON activation.page_post
    FOR EACH ROW EXECUTE FUNCTION audit.note_page_post();
CREATE TRIGGER audit_state AFTER UPDATE OF state, version ON activation.page_post
    FOR EACH ROW WHEN (NEW.state IS DISTINCT FROM OLD.state OR NEW.version IS DISTINCT FROM OLD.version)
    EXECUTE FUNCTION audit.note_page_post();

CREATE FUNCTION audit.note_page_post_decision() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM audit.note(
        NEW.tenant_id, 'decision.' || NEW.decision, 'page_post:' || NEW.post_id, NEW.decided_by, NULL,
        jsonb_build_object('hash', NEW.hash));
    RETURN NULL;
END
$$;
CREATE TRIGGER audit_decision AFTER INSERT ON activation.page_post_decision
    FOR EACH ROW EXECUTE FUNCTION audit.note_page_post_decision();
