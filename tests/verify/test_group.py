"""The group file: whom a terminal knows, read strictly."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from codes import cbor
from codes.errors import SetupError
from tests.verify.city import p256
from verify.group import MAX_MEMBERS, Address, read_group

if TYPE_CHECKING:
    from pathlib import Path


def member(terminal: str = "T-0002", **changes: Any) -> dict[str, Any]:
    key = cbor.encode(p256(terminal).public_key.to_cbor()).hex()
    return {"terminal": terminal, "address": "192.168.8.12:7411", "key": key, **changes}


def test_a_group_is_read_and_a_terminal_is_no_neighbour_of_itself(tmp_path: Path) -> None:
    file = tmp_path / "group.json"
    members = [member("T-0001"), member("T-0002"), member("T-0003", address="[fd00::12]:7411")]
    file.write_text(json.dumps({"bind": "0.0.0.0:7411", "members": members}))
    group = read_group(file, own="T-0001")
    assert group.bind == ("0.0.0.0", 7411)
    assert {name: found.address for name, found in group.members.items()} == {
        "T-0002": Address("192.168.8.12", 7411),
        "T-0003": Address("fd00::12", 7411),
    }
    assert group.members["T-0002"].key.public_numbers() == p256("T-0002").public_key.load().public_numbers()


@pytest.mark.error("group-file")
@pytest.mark.parametrize(
    "page",
    [
        None,
        [],
        {"bind": "127.0.0.1:1"},
        {"bind": "127.0.0.1:1", "members": {}},
        {"bind": "127.0.0.1:1", "members": [member(f"T-{number}") for number in range(MAX_MEMBERS + 1)]},
        {"bind": "gate.local:1", "members": []},
        {"bind": 7, "members": []},
        {"bind": "127.0.0.1:x", "members": []},
        {"bind": "127.0.0.1:0", "members": []},
        {"bind": "127.0.0.1:65536", "members": []},
        {"bind": "127.0.0.1:1", "members": [7]},
        {"bind": "127.0.0.1:1", "members": [member(name="x")]},
        {"bind": "127.0.0.1:1", "members": [member("")]},
        {"bind": "127.0.0.1:1", "members": [{**member(), "terminal": 7}]},
        {"bind": "127.0.0.1:1", "members": [member(key="zz")]},
        {"bind": "127.0.0.1:1", "members": [member(key="a0")]},
        {"bind": "127.0.0.1:1", "members": [member(key=7)]},
        {"bind": "127.0.0.1:1", "members": [member(), member()]},
    ],
)
def test_a_file_that_is_not_a_group_is_refused(tmp_path: Path, page: Any) -> None:
    file = tmp_path / "group.json"
    file.write_text("{" if page is None else json.dumps(page))
    with pytest.raises(SetupError) as refused:
        read_group(file, own="T-0001")
    assert refused.value.code == "group-file"
    with pytest.raises(SetupError):
        read_group(tmp_path / "none", own="T-0001")
