"""The chapter's 23 questions as small tasks, each checked by what is answered."""
