"""The demo: the whole pipeline, through Airflow's scheduler, on sample data; runs inside the environment.

It does what people would do: it starts the sync, asks for segments in words, answers the reviews as the user
`reviewer` by Airflow's own API (and says so), and uses one unsubscribe link. Everything else the scheduler does.
"""
