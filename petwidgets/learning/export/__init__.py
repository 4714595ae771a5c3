"""Export of trained models: a folder that loads without petwidgets, and ONNX."""
