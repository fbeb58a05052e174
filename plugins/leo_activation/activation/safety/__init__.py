"""What keeps messages from leaving: the guard, a tenant's rules, and the check of a sending domain."""
