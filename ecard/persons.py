"""Who is one person: a staff number, however it is spelt."""

from __future__ import annotations

import unicodedata


def same_person(one: str, other: str) -> bool:
    """Whether two staff numbers are one person's."""
    return plain_person(one) == plain_person(other)


def plain_person(person: str) -> str:
    """A staff number without what people spell in different ways: capitals, full width, blanks."""
    return "".join(unicodedata.normalize("NFKC", person).casefold().split())
