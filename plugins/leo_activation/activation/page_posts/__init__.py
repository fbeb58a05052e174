"""Posts on a tenant's Facebook Page, with a small ledger of their own.

The rules are those of messages: people decide about exactly what is posted, the attempt is on record before its first
byte, an end that is not known is never tried again, and evidence alone settles it: here, the Page's own feed.
"""
