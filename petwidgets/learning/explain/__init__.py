"""What a network looked at: Grad-CAM, embeddings, projection, nearest photographs."""
