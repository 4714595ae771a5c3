"""The cost of architectures and trainings in time and memory."""
