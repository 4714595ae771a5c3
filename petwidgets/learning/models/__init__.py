"""Networks: backbones, layer groups, weights, precision, memory."""
