"""Segments: their size over time, who entered and left and why, why one customer is in, and their end."""

from leo_activation.desk.pages.segments.pages import SegmentPages

__all__ = ["SegmentPages"]
