"""Campaigns: built on a form, watched while they run, measured afterwards."""
