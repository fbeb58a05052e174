SELECT count(*) AS customers_entered FROM segment.membership_change WHERE change = 'enter'
