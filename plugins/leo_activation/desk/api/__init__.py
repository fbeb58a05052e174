"""The desk for programs: requests, prompts that are answered at once, and LEO CDP's own trigger call.

    problems   the one form of every error
    admission  who is let in, before a byte of the body is read
    requests   the inbox: submit, list, read
    chat       a prompt and its answer, within a time limit
    agents     what LEO's agents trigger, without the secrets that they send along
    airflow    Airflow's own API, for what only Airflow can do: check a password, start a run
    app        the routes put together, and their description

A request that comes this way is a row of the inbox as any other: nothing here drafts, approves or sends by itself.
"""
