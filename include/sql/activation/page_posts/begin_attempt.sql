-- Purpose: take the next post that is due, and put its attempt on record.
-- Grain: one row, the post; none where nothing may be published now.
-- Parameters: tenant_id, page_id (the Page that the worker can post on), worker, in_production, key (of address hashes).
-- Rerun: a post that is being published is taken by nobody. The transaction is committed before the first byte leaves.
--
-- As for messages: nothing while the sending of the tenant, or of all, is stopped; outside production, and for a tenant that is not armed, only on
-- a Page whose id is on the allow-list of messenger. An approval counts only for the hash that it named.
WITH due AS (
    SELECT post.post_id
    FROM activation.page_post AS post
    JOIN ops.tenant USING (tenant_id)
    WHERE post.tenant_id = %(tenant_id)s AND post.page_id = %(page_id)s AND post.state = 'approved'
      AND post.not_before <= clock_timestamp() AND post.publish_by > clock_timestamp()
      AND coalesce(post.next_attempt_at, '-infinity') <= clock_timestamp()
      AND NOT (SELECT ops.is_sending_stopped(%(tenant_id)s))
      AND EXISTS (
          SELECT FROM activation.page_post_decision AS said
          WHERE said.tenant_id = post.tenant_id AND said.post_id = post.post_id
            AND said.version = post.version AND said.hash = post.hash AND said.decision = 'approve'
      )
      AND ((%(in_production)s AND tenant.armed_at IS NOT NULL) OR EXISTS (
          SELECT FROM ops.allowed_address AS allowed
          WHERE allowed.tenant_id = %(tenant_id)s AND allowed.channel = 'messenger'
            AND allowed.address_hash = core.address_hash('messenger', post.page_id, %(key)s)
      ))
    ORDER BY post.not_before, post.post_id
    LIMIT 1
    FOR NO KEY UPDATE OF post SKIP LOCKED
), taken AS (
    UPDATE activation.page_post AS post
    SET state = 'publishing', state_changed_at = clock_timestamp(), fence = post.fence + 1,
        attempts = post.attempts + 1
    FROM due
    WHERE post.tenant_id = %(tenant_id)s AND post.post_id = due.post_id
    RETURNING post.post_id, post.fence, post.message, post.link
), attempt AS (
    INSERT INTO activation.page_post_attempt (tenant_id, post_id, fence, worker)
    SELECT %(tenant_id)s, post_id, fence, %(worker)s FROM taken
)
SELECT post_id, fence, message, link FROM taken
