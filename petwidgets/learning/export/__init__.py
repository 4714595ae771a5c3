"""Trained models in files: a folder that loads alone, and ONNX."""
