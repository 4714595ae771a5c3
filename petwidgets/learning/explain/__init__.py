"""Explain a network: Grad-CAM, embeddings, projection, nearest photographs."""
