"""Classify photographs without torch: onnxruntime and numpy, ready in a second."""
