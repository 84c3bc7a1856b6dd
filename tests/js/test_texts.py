"""Texts for people: the same names in both languages, none missing, none that nobody uses, and proper Chinese punctuation."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

STATIC = Path(__file__).resolve().parents[2] / "webapp" / "static"
SOURCES = "\n".join(path.read_text("utf-8") for folder in ("app", "shared") for path in sorted((STATIC / folder).rglob("*.js")))


def texts(area: str, language: str) -> dict[str, str]:
    page: dict[str, str] = json.loads((STATIC / "texts" / f"{area}.{language}.json").read_text("utf-8"))
    return page


AREAS = sorted({path.name.split(".")[0] for path in (STATIC / "texts").glob("*.zh-CN.json")})


@pytest.mark.parametrize("area", AREAS)
def test_both_languages_have_the_same_texts(area: str) -> None:
    chinese, english = texts(area, "zh-CN"), texts(area, "en")
    assert list(chinese) == list(english)
    for name, text in chinese.items():
        assert sorted(re.findall(r"\{\w+\}", text)) == sorted(re.findall(r"\{\w+\}", english[name])), name


@pytest.mark.parametrize("area", AREAS)
def test_chinese_has_chinese_punctuation(area: str) -> None:
    wrong = {name: text for name, text in texts(area, "zh-CN").items() if re.search(r"[一-鿿][,.;:!?()]|[,;:!?()][一-鿿]|\.\.\.", text)}
    assert wrong == {}


def test_every_text_of_the_app_is_there_and_is_used() -> None:
    names = texts("app", "zh-CN")
    whole = set(re.findall(r'"([a-z][a-zA-Z0-9.-]*)"', SOURCES))
    asked = set(re.findall(r'\bsay\("([^"]+)"', SOURCES))
    assert asked - names.keys() == set()
    begun = tuple(re.findall(r"`([a-z]+\.(?:[a-z-]+\.)*)\$\{", SOURCES))  # a name that is put together: `state.${standing.name}`
    ends = tuple(re.findall(r"`\$\{\w+\}(\.[a-z]+)`", SOURCES))
    unused = [name for name in names if name not in whole and not name.startswith(begun) and not name.endswith(ends)]
    assert unused == []
