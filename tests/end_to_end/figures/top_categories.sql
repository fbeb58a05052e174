SELECT report.in_words(topic) AS topic, count(*) AS interested_total, count(*) FILTER (WHERE is_primary) AS primary_total
FROM profile.interest
WHERE topic_type = 'category'
GROUP BY 1
