"""The console's words in two languages, one file each; what the record calls things comes from the record's own tables."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from codes.errors import Text

LANGUAGES = ("zh-CN", "en")
COOKIE = "ecard-language"
_FOLDER = Path(__file__).resolve().parent.parent / "static" / "texts"


@cache
def texts(language: str) -> Mapping[str, str]:
    """Every text of one language, by its key."""
    page: Mapping[str, str] = json.loads((_FOLDER / f"console.{language}.json").read_text("utf-8"))
    return page


def language_of(said: str | None) -> str:
    """A language that there is: Chinese unless English was chosen."""
    return said if said in LANGUAGES else LANGUAGES[0]


def in_language(text: Text, language: str) -> str:
    """A text of the record in one of its languages."""
    return text.en if language == "en" else text.zh
