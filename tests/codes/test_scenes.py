"""Scene rules: strict JSON, nothing by default, nothing that contradicts itself."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codes import scenes
from codes.errors import InputError
from codes.scenes import SceneClass, SceneDocument, SceneRules
from tests.codes import strategies
from tests.codes.refusing import refusal
from tests.vectors import cast

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=9),
    lambda children: st.lists(children, max_size=3) | st.dictionaries(st.text(max_size=9), children, max_size=3),
    max_leaves=6,
)


@settings(max_examples=60)
@given(strategies.scene_rules("metro"), strategies.scene_rules("hall-2"))
def test_rules_come_back_from_their_document(first: SceneRules, second: SceneRules) -> None:
    document = SceneDocument(region="CN-CQ", scenes={"metro": first, "hall-2": second})
    data = scenes.encode_scenes(document)
    assert scenes.decode_scenes(data) == document
    assert scenes.encode_scenes(scenes.decode_scenes(data)) == data


@given(st.binary(max_size=200) | anything.map(lambda value: json.dumps(value).encode()))
def test_arbitrary_bytes_are_refused_with_a_code(data: bytes) -> None:
    with pytest.raises(InputError) as refusal:
        scenes.decode_scenes(data)
    assert refusal.value.code in {"document-json", "document-shape"}


def paths(value: Any, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """Every member of a document, by its path."""
    if not isinstance(value, dict):
        return []
    return [found for name, item in value.items() for found in ((*path, name), *paths(item, (*path, name)))]


DOCUMENT = json.loads(scenes.encode_scenes(cast.scenes()))


@settings(max_examples=300)
@given(st.sampled_from(paths(DOCUMENT)), anything)
def test_whatever_stands_for_a_member_the_reader_answers_with_a_code(path: tuple[str, ...], value: object) -> None:
    document = json.loads(scenes.encode_scenes(cast.scenes()))
    place = document
    for name in path[:-1]:
        place = place[name]
    place[path[-1]] = value
    code = refusal(lambda: scenes.encode_scenes(scenes.decode_scenes(json.dumps(document).encode())))
    assert code in {None, "document-shape", "document-json", "scene-contradiction"}


@pytest.mark.parametrize("path", paths(DOCUMENT), ids=".".join)
def test_no_member_may_be_missing(path: tuple[str, ...]) -> None:
    document = json.loads(scenes.encode_scenes(cast.scenes()))
    place = document
    for name in path[:-1]:
        place = place[name]
    del place[path[-1]]
    if len(path) == 2 or "fares" in path[:-1]:
        scenes.decode_scenes(json.dumps(document).encode())  # one scene fewer, one class fewer
    else:
        with pytest.raises(InputError) as refusal:
            scenes.decode_scenes(json.dumps(document).encode())
        assert refusal.value.code == "document-shape"


def test_nothing_is_written_that_contradicts_itself() -> None:
    changes: list[dict[str, Any]] = [{"passback": 69}, {"recognises": frozenset()}, {"max_age": 0, "passback": 99}]
    changes += [{"scene_class": SceneClass.A}, {"scene_class": SceneClass.B}]
    for change in changes:
        rules = cast.metro(**change)
        with pytest.raises(InputError) as refusal:
            scenes.encode_scenes(SceneDocument(region="CN-CQ", scenes={"metro": rules}))
        assert refusal.value.code == "scene-contradiction"
