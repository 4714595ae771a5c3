"""What a training is to do: data, split, architecture and stages, as one value."""
