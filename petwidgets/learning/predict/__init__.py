"""Classify photographs, and abstain when uncertain."""
