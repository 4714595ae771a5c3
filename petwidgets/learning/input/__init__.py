"""Input of the network: dataloaders, augmentation, caches."""
