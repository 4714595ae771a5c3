"""Parts of panels that several chapters use."""
