-- Purpose: the people whom a customer id, a profile id or an address names. An absorbed customer leads to who absorbed it.
-- Grain: one row a customer. Parameters: tenant_id, named. Rerun: reads only.
SELECT DISTINCT profile.customer_id
FROM core.profile
WHERE profile.tenant_id = %(tenant_id)s AND (
    profile.customer_id = %(named)s
    OR profile.profile_id = %(named)s
    OR profile.email IN (%(named)s, core.normal_email(%(named)s))
    OR profile.phone = %(named)s
    OR EXISTS (
        SELECT FROM core.channel_address AS address
        WHERE address.tenant_id = %(tenant_id)s AND address.profile_id = profile.profile_id
          AND address.address IN (%(named)s, core.normal_email(%(named)s))
    )
)
UNION
SELECT merge.survivor_id
FROM core.customer_merge AS merge
WHERE merge.tenant_id = %(tenant_id)s AND merge.absorbed_id = %(named)s AND merge.undone_at IS NULL
