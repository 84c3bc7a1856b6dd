"""Cards of keys: what a keeper brings to a ceremony."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from codes.errors import InputError, SetupError
from ecard import faults, keycards
from ecard.drafts import authorities_of
from tests.ecard.published import card, found

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def safe(tmp_path: Path) -> Path:
    return tmp_path / "safe"


@pytest.mark.error("key-card")
@pytest.mark.parametrize("content", [b"", b"[]", b'{"name": "x"}', b'{"name": "a b", "role": "root", "holder": "x", "public": "00"}'])
def test_what_is_no_card_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.json").write_bytes(content)
    with pytest.raises(InputError) as refused:
        keycards.KeyCard.read(tmp_path / "x.json")
    assert refused.value.fault is faults.KEY_CARD


@pytest.mark.error("key-card")
@pytest.mark.parametrize(("name", "role", "holder"), [("root 6", "root", "CN-SC"), ("root-6", "roof", "CN-SC"), ("root-6", "root", "")])
def test_a_key_has_a_name_a_role_and_a_keeper(safe: Path, name: str, role: str, holder: str) -> None:
    with pytest.raises(InputError) as refused:
        card(safe, name, role, holder)
    assert refused.value.fault is faults.KEY_CARD
    assert not safe.exists()


def test_a_key_is_never_overwritten(safe: Path) -> None:
    made = card(safe)
    assert keycards.KeyCard.read(safe / "root-6.json") == made
    with pytest.raises(SetupError) as refused:
        card(safe)
    assert refused.value.fault is faults.KEYRING_EXISTS


@pytest.mark.error("key-card-unknown")
def test_only_a_key_that_is_there_can_be_dropped(tmp_path: Path) -> None:
    found(tmp_path / "published")
    with pytest.raises(InputError) as refused:
        keycards.rearrange(authorities_of(tmp_path / "published"), add=[], drop=["root-9"], thresholds={})
    assert refused.value.fault is faults.KEY_CARD_UNKNOWN
