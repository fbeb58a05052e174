SELECT count(*) AS customers_left FROM segment.membership_change WHERE change = 'exit'
