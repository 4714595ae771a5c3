"""Checks of photographs: damage, darkness, blur, near-duplicates."""
