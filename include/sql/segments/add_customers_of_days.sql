-- Purpose: customers whose birthday, or the moment of whose making, the edge of a window moved over since the last
--          refresh.
-- Grain: one row a customer.
-- Parameters: birthdays (month * 100 + day), moments_since and moments_until (epoch microseconds); {customers} is the
--             table of the label Customer.
-- Rerun: writes the temporary table candidate of this transaction.
INSERT INTO candidate (key)
SELECT vertex.id::text::bigint & 281474976710655
FROM {customers} AS vertex
CROSS JOIN LATERAL (
    SELECT
        (agtype_access_operator(VARIADIC ARRAY[vertex.properties, '"birthday"'::agtype]))::text::integer AS birthday,
        (agtype_access_operator(VARIADIC ARRAY[vertex.properties, '"created_at"'::agtype]))::text::bigint AS created_at
) AS known
WHERE known.birthday = ANY (%(birthdays)s::integer[])
   OR EXISTS (
       SELECT FROM unnest(%(moments_since)s::bigint[], %(moments_until)s::bigint[]) AS moved (since, until)
       WHERE known.created_at >= moved.since AND known.created_at < moved.until
   )
