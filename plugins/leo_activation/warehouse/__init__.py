"""PostgreSQL: connections by role, named SQL, migrations, and the graph kept in Apache AGE."""
