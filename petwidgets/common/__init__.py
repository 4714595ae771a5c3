"""What every other package may use: errors, paths, logs, limits, validation, formatting."""
