"""Panels of the loss: softmax, log, cross-entropy, gradient, one's own model."""
