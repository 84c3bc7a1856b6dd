"""The column in which a row lists the papers that it rests on, by their words."""

from __future__ import annotations

from sqlalchemy import String

LONGEST = 1000
"""Characters: twice what all the papers that there are come to."""


def papers(on_file: int) -> String:
    """Room for all of them. SQLite keeps to no length, so what its tables once said may stand: a table is not made anew for a word that means nothing."""
    return String(on_file).with_variant(String(LONGEST), "postgresql")
