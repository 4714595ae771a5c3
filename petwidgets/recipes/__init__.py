"""Recipes of trainings: data, split, architecture and stages, as one value."""
