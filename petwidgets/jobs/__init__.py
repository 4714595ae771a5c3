"""Jobs that a page requests from the engine: validated requests, and results. No torch here."""
