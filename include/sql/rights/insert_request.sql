-- Purpose: enter what a person asks for by right, with its clock.
-- Grain: one row, its id. Parameters: tenant_id, kind, law, clocks_version, customer, key, received_at (null: now), opened_by,
-- details, months, days, extension_months, extension_days. Rerun: enters another one; a person may ask twice.
INSERT INTO rights.request (
    tenant_id, kind, law, clocks_version, person_hash, customer_id, received_at, opened_by, details, due_at, longest_until)
SELECT
    %(tenant_id)s, %(kind)s, %(law)s, %(clocks_version)s, rights.person_hash('customer', %(customer)s, %(key)s),
    %(customer)s, asked.at, %(opened_by)s, %(details)s,
    asked.at + make_interval(months => %(months)s, days => %(days)s),
    asked.at + make_interval(
        months => %(months)s + %(extension_months)s, days => %(days)s + %(extension_days)s)
FROM (SELECT coalesce(%(received_at)s::timestamptz, clock_timestamp()) AS at) AS asked
RETURNING request_id
