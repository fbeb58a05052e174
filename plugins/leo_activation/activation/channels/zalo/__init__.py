"""Zalo: an Official Account, its tokens and its approved templates."""
