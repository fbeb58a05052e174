"""Twilio's Messages resource, by Twilio's own OpenAPI document and its error dictionary."""
