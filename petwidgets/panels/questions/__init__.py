"""The chapter's questions: those of a lesson below it, and all of them on a page."""
