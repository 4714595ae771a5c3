"""Files to take away: summaries, model cards, reports and their charts. No torch here."""
