"""What architectures and trainings cost in time and memory."""
