"""Panels of interpretation: confusion, top losses, Grad-CAM, map, cleaning, export."""
