"""What leaves the page: summaries, model cards, reports and their charts. No torch here."""
