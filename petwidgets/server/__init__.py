"""The web server of the dashboard: Voila, with limits that keep one visitor from harming others."""
