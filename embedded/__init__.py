"""The set-up of the pipeline on one machine: environments, PostgreSQL, Airflow, Superset and their processes.

Standard library only, because it runs on the system's Python before any environment exists. The exceptions are
`embedded.prepare_database`, `embedded.demo` and `embedded.screenshots`, which it starts inside the environment that it
made.
"""
