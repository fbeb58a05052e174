"""LEO Activation Pipeline: from a customer data platform to reviewed segments and accountable sends."""

__version__ = "0.1.0"
