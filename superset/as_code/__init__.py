"""Dashboards as code: compact YAML files to what Superset imports, and back.

    assets.py         reads the files and says everything that is wrong with them
    defaults.py       what Superset wants said in each file and nobody wants to read
    expanding.py      compact files -> the files that Superset imports (dashboards by layout.py, metadata.py)
    query_context.py  the query behind each chart, as Superset's frontend would ask it
    collapsing.py     what Superset exports -> compact files
    writing.py        compact files in one form: the same content has the same bytes
    files.py          the text of each file

None of these imports Superset: they are tested without it. These do:

    importing.py      files -> Superset's database
    pruning.py        removes what came from files that are no longer there
    exporting.py      Superset's database -> files
"""
