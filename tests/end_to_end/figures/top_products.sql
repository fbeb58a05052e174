SELECT report.shortened(topic) AS topic, count(*) AS interested_total
FROM profile.interest
WHERE topic_type = 'product'
GROUP BY 1
