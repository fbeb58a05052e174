-- Purpose: a post whose end was not known stands in its Page's feed.
-- Grain: one row where it moved; none where the feed's post is known to be another of ours.
-- Parameters: tenant_id, post_id, fence, facebook_id.
-- Rerun: moves nothing the second time.
UPDATE activation.page_post AS post
SET state = 'published', state_changed_at = clock_timestamp(), facebook_id = %(facebook_id)s, settled_by = 'feed'
WHERE post.tenant_id = %(tenant_id)s AND post.post_id = %(post_id)s AND post.fence = %(fence)s AND post.state = 'unknown'
  AND NOT EXISTS (
      SELECT FROM activation.page_post AS other
      WHERE other.tenant_id = %(tenant_id)s AND other.facebook_id = %(facebook_id)s
  )
RETURNING post.post_id
