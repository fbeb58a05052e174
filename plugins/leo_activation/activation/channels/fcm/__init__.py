"""Mobile push by Firebase Cloud Messaging."""
