"""The mathematics and rules that the panels teach, as plain numpy. No torch here."""
