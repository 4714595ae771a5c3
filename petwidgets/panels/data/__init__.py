"""Panels of the data: browse, check, label, presize, batch, summary."""
