"""Classifying photographs, and when not to answer."""
