"""Where work runs: the client of a page, the worker process, queues and messages."""
