SELECT report.in_words(topic) AS topic, count(*) AS interested_total
FROM profile.interest
WHERE topic_type = 'keyword'
GROUP BY 1
