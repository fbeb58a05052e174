SELECT CASE cause
           WHEN 'definition' THEN 'New or changed definition'
           WHEN 'data' THEN 'Customer data changed'
           WHEN 'late_data' THEN 'Data came late'
           WHEN 'interest_model' THEN 'Interests computed in another way'
           WHEN 'source' THEN 'Left the source or was merged'
       END AS cause,
       CASE change WHEN 'enter' THEN 'Entered' ELSE 'Left' END AS change, count(*) AS customers_changed
FROM segment.membership_change
GROUP BY 1, 2
