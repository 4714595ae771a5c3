"""Runs on disk: the store, event logs, replay, import and export."""
