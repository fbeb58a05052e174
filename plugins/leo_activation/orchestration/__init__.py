"""The only part that knows Airflow: assets, defaults, connections, and the reviews that wait for people.

The DAG files below `dags/` are tables of contents over these modules and the features.
"""
