"""The panel that classifies a visitor's photograph."""
