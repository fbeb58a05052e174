"""What becomes of a message afterwards: events, bounces, evidence, deliverability."""
