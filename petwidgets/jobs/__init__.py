"""What the page asks of the engine, checked before it is asked. No torch here."""
