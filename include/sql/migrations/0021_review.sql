-- Purpose: what a reviewer is told of a definition's surroundings, the rounds in which a review is asked, and where the
-- people who ask and approve are reached (docs/concepts/approval.md).

ALTER TABLE segment.preview
    -- Against the members of the version that is active at drafting; null: no version is active.
    ADD COLUMN compared_version integer,
    ADD COLUMN compared_members bigint,
    ADD COLUMN would_enter bigint,
    ADD COLUMN would_exit bigint,
    -- [{segment_id, name, in_common, members}]: the active segments that share most with this one.
    ADD COLUMN overlapping jsonb NOT NULL DEFAULT '[]',
    ADD CHECK ((compared_version IS NULL) = (compared_members IS NULL)
        AND (compared_version IS NULL) = (would_enter IS NULL) AND (compared_version IS NULL) = (would_exit IS NULL));
COMMENT ON COLUMN segment.preview.funnel IS
    '[{condition, kept, alone}]: left after it and all before; met by itself, null where that was not counted.';

-- Grain: one row a round in which people were asked. A round with a void_reason is over, and its answer counts for
-- nothing; the last one without is the one that is open, or whose answer counted. expires_at is the same for all rounds.
CREATE TABLE ops.review_round (
    tenant_id text NOT NULL REFERENCES ops.tenant,
    -- Airflow's name of the waiting task: dag/run/task/map index.
    reviewed text NOT NULL,
    round integer NOT NULL CHECK (round > 0),
    -- Of what was shown; null where the review binds none.
    hash text,
    -- Who was asked.
    assigned text[] NOT NULL CHECK (cardinality(assigned) > 0),
    shown_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    void_reason text,
    answered_by text,
    answered_at timestamptz,
    PRIMARY KEY (tenant_id, reviewed, round)
);
CREATE UNIQUE INDEX one_open_round ON ops.review_round (tenant_id, reviewed) WHERE void_reason IS NULL;
CALL ops.protect('ops.review_round');
REVOKE DELETE ON ops.review_round FROM leo_loader, leo_writer;

-- Grain: one row a person who asks or approves, by Airflow's user id; for every tenant together, as Airflow's users are.
-- Contact data of staff: only the writer reads it, to tell them that a decision waits or was made.
CREATE TABLE ops.staff_address (
    user_id text PRIMARY KEY CHECK (user_id <> ''),
    email text NOT NULL CHECK (email ~ '^[^@[:space:][:cntrl:],;<>]+@[^@[:space:][:cntrl:],;<>]+$'),
    language text NOT NULL DEFAULT 'en' CHECK (language IN ('en', 'vi')),
    changed_at timestamptz NOT NULL DEFAULT now()
);
GRANT SELECT ON ops.staff_address TO leo_writer;
