"""Drawing of the invented breeds: curves, coats, heads, poses and scenes."""
