"""Helpers for all other packages: errors, paths, logs, limits, validation, formatting."""
