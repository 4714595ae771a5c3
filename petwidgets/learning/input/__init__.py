"""Photographs on their way into the network: dataloaders, augmentation, caches."""
