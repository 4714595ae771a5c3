"""Drawn photographs, for a page that has no real ones."""
