"""What people decide about a planned run, and how they keep hold of it."""
