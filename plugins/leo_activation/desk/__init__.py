"""The Segment desk: the page inside Airflow where marketers ask, follow, review and send.

    identity   who is asking, and what they may do
    protection headers, CSRF tokens, rate limits: once, around every route
    rendering  templates, translations, numbers and times as people write them
    pages      one module a page; each fragment is a URL that also renders as a whole page
    static     stylesheet, script and htmx; nothing is fetched from outside

It writes what any other way in writes: the tables are the API.
"""
