"""Dashboards as code: compact YAML files to what Superset imports, and back.

    assets.py         what the files say, as values
    reading.py        files -> values
    checking.py       what is wrong between the files, what a chart names in its data set (references.py) among it
    defaults.py       what Superset wants said in each file and nobody wants to read
    expanding.py      values -> the files that Superset imports, the place of each chart by layout.py
    query_context.py  the query behind each chart, as Superset's frontend would ask it
    collapsing.py     one thing of Superset's export -> values
    taking_back.py    a whole export -> values, with the names of their files (naming.py)
    files.py          values -> the text of each file, in one form: the same content has the same bytes (writing.py)

None of these imports Superset: they are tested without it. These do:

    importing.py      files -> Superset's database
    pruning.py        removes what came from files that are no longer there
    exporting.py      Superset's database -> files
"""
