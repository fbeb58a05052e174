-- Purpose: keep how people stand with a provider, as its webhooks told: of each thing the newest.
-- Grain: one row an address that stands differently now.
-- Parameters: tenant_id, channel, key (of address hashes), and of equal length: addresses, interacted_at, referred_at, follows,
-- followed_at, subscribed_at, subscribed_until, unsubscribed_at, grants.
-- Rerun: changes nothing the second time, and any order of calls leads to the same rows.
WITH told AS (
    SELECT
        -- PostgreSQL's least passes over nulls: what was not told would become now.
        core.address_hash(%(channel)s, told.address, %(key)s) AS address_hash,
        CASE WHEN told.interacted_at IS NOT NULL THEN least(told.interacted_at, clock_timestamp()) END AS interacted_at,
        CASE WHEN told.referred_at IS NOT NULL THEN least(told.referred_at, clock_timestamp()) END AS referred_at,
        told.follows,
        CASE WHEN told.followed_at IS NOT NULL THEN least(told.followed_at, clock_timestamp()) END AS followed_at,
        CASE WHEN told.subscribed_at IS NOT NULL THEN least(told.subscribed_at, clock_timestamp()) END AS subscribed_at,
        told.subscribed_until,
        CASE WHEN told.unsubscribed_at IS NOT NULL THEN least(told.unsubscribed_at, clock_timestamp()) END AS unsubscribed_at,
        told.grant_token
    FROM unnest(
        %(addresses)s::text[], %(interacted_at)s::timestamptz[], %(referred_at)s::timestamptz[], %(follows)s::boolean[],
        %(followed_at)s::timestamptz[], %(subscribed_at)s::timestamptz[], %(subscribed_until)s::timestamptz[],
        %(unsubscribed_at)s::timestamptz[], %(grants)s::bytea[]
    ) AS told (
        address, interacted_at, referred_at, follows, followed_at, subscribed_at, subscribed_until, unsubscribed_at, grant_token
    )
), newest AS (
    -- Of two that are told for the same moment the later in a fixed order holds, so that the order of telling does not count.
    SELECT
        address_hash, max(interacted_at) AS interacted_at, max(referred_at) AS referred_at,
        (array_agg(follows ORDER BY followed_at DESC, follows)
            FILTER (WHERE follows IS NOT NULL AND followed_at IS NOT NULL))[1] AS follows,
        max(followed_at) FILTER (WHERE follows IS NOT NULL) AS followed_at,
        max(subscribed_at) AS subscribed_at,
        (array_agg(subscribed_until ORDER BY subscribed_at DESC, subscribed_until DESC NULLS LAST, grant_token)
            FILTER (WHERE subscribed_at IS NOT NULL))[1] AS subscribed_until,
        (array_agg(grant_token ORDER BY subscribed_at DESC, subscribed_until DESC NULLS LAST, grant_token)
            FILTER (WHERE subscribed_at IS NOT NULL))[1] AS grant_token,
        max(unsubscribed_at) AS unsubscribed_at
    FROM told
    GROUP BY address_hash
)
INSERT INTO activation.contact_standing AS standing (
    tenant_id, channel, address_hash, last_interaction_at, last_referral_at, follows, follows_since, subscribed_at,
    subscribed_until, unsubscribed_at, grant_token
)
SELECT
    %(tenant_id)s, %(channel)s, newest.address_hash, newest.interacted_at, newest.referred_at, newest.follows,
    newest.followed_at, newest.subscribed_at, newest.subscribed_until, newest.unsubscribed_at,
    CASE WHEN newest.unsubscribed_at >= newest.subscribed_at THEN NULL ELSE newest.grant_token END
FROM newest
ORDER BY newest.address_hash
ON CONFLICT (tenant_id, channel, address_hash) DO UPDATE SET
    last_interaction_at = greatest(standing.last_interaction_at, excluded.last_interaction_at),
    last_referral_at = greatest(standing.last_referral_at, excluded.last_referral_at),
    follows = CASE
        WHEN excluded.follows_since IS NULL OR excluded.follows_since < standing.follows_since THEN standing.follows
        -- Of two words for one moment the stricter holds.
        WHEN excluded.follows_since = standing.follows_since THEN standing.follows AND excluded.follows
        ELSE excluded.follows
    END,
    follows_since = greatest(standing.follows_since, excluded.follows_since),
    subscribed_at = greatest(standing.subscribed_at, excluded.subscribed_at),
    subscribed_until = CASE
        WHEN excluded.subscribed_at IS NULL OR excluded.subscribed_at < standing.subscribed_at THEN standing.subscribed_until
        ELSE excluded.subscribed_until
    END,
    unsubscribed_at = greatest(standing.unsubscribed_at, excluded.unsubscribed_at),
    grant_token = CASE
        WHEN greatest(standing.unsubscribed_at, excluded.unsubscribed_at)
            >= greatest(standing.subscribed_at, excluded.subscribed_at) THEN NULL
        WHEN excluded.subscribed_at IS NULL OR excluded.subscribed_at < standing.subscribed_at THEN standing.grant_token
        ELSE excluded.grant_token
    END,
    updated_at = clock_timestamp()
WHERE excluded.last_interaction_at > coalesce(standing.last_interaction_at, '-infinity')
    OR excluded.last_referral_at > coalesce(standing.last_referral_at, '-infinity')
    OR excluded.follows_since > coalesce(standing.follows_since, '-infinity')
    OR (excluded.follows_since = standing.follows_since AND standing.follows AND NOT excluded.follows)
    OR excluded.subscribed_at > coalesce(standing.subscribed_at, '-infinity')
    OR (excluded.subscribed_at = standing.subscribed_at
        AND excluded.subscribed_until IS DISTINCT FROM standing.subscribed_until)
    OR excluded.unsubscribed_at > coalesce(standing.unsubscribed_at, '-infinity')
