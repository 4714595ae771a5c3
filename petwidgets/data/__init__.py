"""Photographs: sources, labels, splits and checks. No torch here."""
