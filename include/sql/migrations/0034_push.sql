-- Purpose: which push addresses are taken from a source, in which form, and why the others are not.

-- The canonical form of an address that a source gives, and what is wrong with it where something is: it is kept then, cut,
-- as a retired address with the reason, and nothing is ever sent to it.
--
-- mobile_push: an installation's id of Firebase (22 characters, the first c, d, e or f) or a registration token of FCM.
-- web_push: the JSON of a PushSubscription, as text or as it is, whose endpoint is a push service's: HTTPS, a name with a
-- dot, no port but HTTPS's own, no login; the keys are a point on P-256 and 16 bytes. Canonical: endpoint, keys.auth and
-- keys.p256dh in this order, without blanks and without padding. Names within a network are refused here already; that a
-- name leads outside is looked at when a message is sent.
CREATE FUNCTION core.push_address(channel text, value text, OUT address text, OUT fault text)
    LANGUAGE plpgsql STABLE PARALLEL SAFE
AS $function$
DECLARE
    subscription jsonb;
    endpoint text;
    host text;
    auth text;
    point text;
BEGIN
    address := btrim(value);
    IF channel = 'mobile_push' THEN
        IF address !~ '^[cdef][A-Za-z0-9_-]{21}$'
            AND (length(address) NOT BETWEEN 32 AND 2000 OR address !~ '^[A-Za-z0-9_:%.~-]+$') THEN
            fault := 'no_push_token';
        END IF;
    ELSIF channel = 'web_push' THEN
        -- A subscription has two objects and no list: deeper text is not even parsed.
        IF length(address) > 4000 OR regexp_count(address, '[[{]') > 4 OR NOT pg_input_is_valid(address, 'jsonb') THEN
            fault := 'no_subscription';
        ELSE
            subscription := address::jsonb;
            endpoint := subscription #>> '{endpoint}';
            auth := rtrim(subscription #>> '{keys,auth}', '=');
            point := rtrim(subscription #>> '{keys,p256dh}', '=');
            host := lower(substring(endpoint FROM '^[a-zA-Z]+://([^/?#]*)'));
            fault := CASE
                WHEN endpoint IS NULL OR auth IS NULL OR point IS NULL THEN 'no_subscription'
                WHEN endpoint !~* '^https://' THEN 'endpoint_not_https'
                WHEN length(endpoint) > 1000
                    OR endpoint !~ '^[hH][tT][tT][pP][sS]://[A-Za-z0-9_.:-]+/[]!#-\[^-~]*$'
                    OR host !~ '^([a-z0-9_-]+\.)+[a-z][a-z0-9-]*(:443)?$'
                    OR host ~ '(^|\.)(local|localhost|localdomain|internal|intranet|lan|home|corp|private|home\.arpa)(:443)?$'
                    THEN 'endpoint_not_public'
                WHEN point !~ '^B[A-Za-z0-9_-]{86}$' OR auth !~ '^[A-Za-z0-9_-]{22}$' THEN 'bad_keys'
            END;
            IF fault IS NULL THEN
                address := format('{"endpoint":%s,"keys":{"auth":"%s","p256dh":"%s"}}', to_json(endpoint), auth, point);
            END IF;
        END IF;
    ELSIF length(address) > 500 THEN
        fault := 'over_long';
    END IF;
    IF fault IS NOT NULL THEN
        address := left(address, 500);
    END IF;
END
$function$;

-- Addresses that were taken before they were looked at. Their profiles' next change brings the canonical form.
UPDATE core.channel_address AS known
SET state = 'retired', retired_reason = coalesce(judged.fault, 'not_canonical')
FROM (
    SELECT stored.tenant_id, stored.profile_id, stored.channel, stored.address, pushed.address AS canonical, pushed.fault
    FROM core.channel_address AS stored
    CROSS JOIN LATERAL core.push_address(stored.channel, stored.address) AS pushed
    WHERE stored.channel IN ('mobile_push', 'web_push') AND stored.state = 'active'
) AS judged
WHERE known.tenant_id = judged.tenant_id AND known.profile_id = judged.profile_id AND known.channel = judged.channel
  AND known.address = judged.address
  AND (judged.fault IS NOT NULL OR judged.canonical <> judged.address);
