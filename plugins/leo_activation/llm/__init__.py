"""Tasks over a language model that the caller hands in: prompts, structured answers, and a ledger of every
call.

A model decides nothing here: it fills a type, the type is checked, and people approve what follows. No
contact data goes in; the caller passes the request's own words and names from the catalogue.
"""
