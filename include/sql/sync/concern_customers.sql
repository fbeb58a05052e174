-- Purpose: the customers whose vertex this run may change: changed ones, those whose profiles moved, and those who had
-- their birthday since the last run, because an age counts to the run's as-of.
-- Grain: one row a customer. Parameters: tenant_id, as_of, last_as_of; {concerned}, the place. Rerun: adds nothing.
INSERT INTO {concerned}
SELECT customer.*
FROM core.customer AS customer
WHERE customer.tenant_id = %(tenant_id)s AND customer.customer_id IN (
    SELECT customer_id FROM changed_customer
    UNION ALL
    SELECT customer_id
    FROM core.profile
    WHERE tenant_id = %(tenant_id)s AND profile_id IN (SELECT profile_id FROM moved_profile)
    UNION ALL
    SELECT profile.customer_id
    FROM core.profile AS profile
    CROSS JOIN (
        SELECT
            (least(%(as_of)s::timestamptz, %(last_as_of)s) AT TIME ZONE 'UTC')::date AS first_day,
            (greatest(%(as_of)s::timestamptz, %(last_as_of)s) AT TIME ZONE 'UTC')::date AS last_day
    ) AS passed
    WHERE profile.tenant_id = %(tenant_id)s AND first_day < last_day
      AND extract(year FROM age(last_day, profile.date_of_birth))
          <> extract(year FROM age(first_day, profile.date_of_birth))
)
ON CONFLICT (graph_key) DO NOTHING
