"""The drawn sample, for pages without real photographs."""
