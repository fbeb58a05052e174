SELECT why.told_by, CASE WHEN why.is_ours THEN 'Here' ELSE 'The shop itself' END AS sent_by,
       count(o.source_ref) AS order_count
FROM (VALUES
    ('After a click', 'click', true), ('After a message', 'message', true), ('Named by the shop', 'source', true),
    ('Named by the shop', 'source', false)) AS why (told_by, code, is_ours)
LEFT JOIN (
    SELECT touch.source_ref, touch.told_by, own.campaign_id IS NOT NULL AS is_ours
    FROM core.campaign_touch AS touch
    LEFT JOIN activation.campaign AS own USING (tenant_id, campaign_id)
    WHERE touch.exposure = 'converted'
) AS o ON o.told_by = why.code AND o.is_ours = why.is_ours
GROUP BY 1, 2
-- A campaign of ours that ran says 0 of clicks and messages; the shop's naming is told only where it happened.
HAVING count(o.source_ref) > 0 OR min(why.code) <> 'source'
