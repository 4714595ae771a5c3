"""The state of one visit: its data, runs, training, searches and interpretation."""
