SELECT name AS tenant, records AS records_total, customers AS customers_total, several AS several_total,
       (SELECT count(DISTINCT household_id) FROM core.household_member AS h WHERE h.tenant_id = t.tenant_id) AS households_total,
       (SELECT count(*) FROM core.household_member AS h WHERE h.tenant_id = t.tenant_id) AS household_members_total,
       (SELECT count(*) FROM core.identity_case AS c WHERE c.tenant_id = t.tenant_id AND state = 'waiting') AS waiting_total
FROM ops.tenant AS t
JOIN (
    SELECT tenant_id, sum(records) AS records, count(*) AS customers, count(*) FILTER (WHERE records > 1) AS several
    FROM (
        SELECT tenant_id, count(*) AS records FROM core.profile WHERE deleted_at IS NULL GROUP BY tenant_id, customer_id
    ) AS customer
    GROUP BY tenant_id
) AS counted USING (tenant_id)
