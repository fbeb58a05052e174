"""Zalo's Official Account API and template message API, as their documents describe them."""
