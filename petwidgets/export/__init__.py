"""Export runs: summaries, model cards, reports and their charts. Nothing here imports torch."""
