"""Panels of training: architecture, learning rate, fine-tuning, runs."""
