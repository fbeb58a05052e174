SELECT count(*) AS order_count
FROM core.campaign_touch
WHERE exposure = 'converted'
