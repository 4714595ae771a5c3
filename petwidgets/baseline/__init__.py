"""Train linear heads on kept features, without torch; and the frame of every training."""
