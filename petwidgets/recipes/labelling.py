"""How a recipe says which breed a photograph shows."""

from __future__ import annotations

import re

CHAPTER_PATTERN = r"(.+)_\d+.jpg$"
"""The chapter's regular expression, with the underscore that it needs."""

PARENT_FOLDER = "parent-folder"
"""As a pattern: label each photograph by the name of its folder."""

TABLE = re.compile(r"labels:([0-9a-f]{32})")
"""As a pattern: label each photograph by the stored table with this digest."""


def table_pattern(digest: str) -> str:
    """The pattern that refers to a stored table of labels."""
    return f"labels:{digest}"


def table_id(pattern: str) -> str:
    """The digest of the table that a pattern refers to; empty for any other pattern."""
    match = TABLE.fullmatch(pattern)
    return match.group(1) if match else ""


def written(pattern: str) -> str:
    """The pattern to show in a text field: the chapter's, if it refers to a table."""
    return CHAPTER_PATTERN if table_id(pattern) else pattern
