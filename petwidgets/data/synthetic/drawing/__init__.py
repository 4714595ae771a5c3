"""How the invented breeds are drawn: curves, coats, heads, poses, scenes; and by whom."""
