"""The resumable download of the Oxford-IIIT Pet data set, and its archive."""
