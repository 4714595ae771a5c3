"""Training: learner, one-cycle, callbacks, checkpoints, the learning-rate finder."""
