"""Measure petwidgets beside what a person would use instead; `petwidgets bench` shows the table.

A row alternates ours and theirs in one run, so that what else the machine does meets both. The
scripts in `benchmarks/` that go deeper call the same functions.
"""
