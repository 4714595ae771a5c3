"""Where photographs come from, what they are called, whether they are sound. No torch here."""
