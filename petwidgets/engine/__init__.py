"""The engine: a page's client, the worker process, queues and messages."""
