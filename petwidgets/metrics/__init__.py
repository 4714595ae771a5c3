"""The mathematics that the panels teach, in numpy. No torch here."""
