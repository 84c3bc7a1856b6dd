"""Who the neighbours of a gate are: a file that the station writes by hand, from what `ecard-terminal init` printed on each terminal.

    {"bind": "192.168.8.11:7411",
     "members": [{"terminal": "T-0012", "address": "192.168.8.12:7411", "key": "a401022001..."}, ...]}

Addresses are numbers, not names: nothing is looked up. The terminal's own line may stand among the members, so that one list serves all.
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any, NamedTuple

from codes import cbor
from codes.errors import InputError, SetupError
from codes.journal import NAME_BYTES
from codes.keys import CoseKey
from verify import faults
from verify.strict_json import strict_json

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from cryptography.hazmat.primitives.asymmetric import ec

MAX_MEMBERS = 64
_LARGEST_FILE = 1 << 16


class Address(NamedTuple):
    """Where a terminal listens on the station's network."""

    host: str
    port: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A neighbour."""

    terminal: str
    address: Address
    key: ec.EllipticCurvePublicKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """One terminal's neighbours, by their ids, and where it listens itself."""

    bind: Address
    members: Mapping[str, Member]


def read_group(path: Path, *, own: str) -> Group:
    """Read the group file of the terminal `own`. Raises `SetupError` group-file."""
    try:
        with path.open("rb") as file:
            page = strict_json(file.read(_LARGEST_FILE))
    except OSError as error:
        raise SetupError(faults.GROUP_FILE, problem=error.strerror) from None
    except ValueError:
        raise SetupError(faults.GROUP_FILE, wrong="not JSON") from None
    if type(page) is not dict or page.keys() != {"bind", "members"} or type(page["members"]) is not list or len(page["members"]) > MAX_MEMBERS:
        raise SetupError(faults.GROUP_FILE, wrong="bind and members")
    members = [_member(entry) for entry in page["members"]]
    if len({member.terminal for member in members}) != len(members):
        raise SetupError(faults.GROUP_FILE, wrong="a terminal stands there twice")
    return Group(bind=_address(page["bind"]), members={member.terminal: member for member in members if member.terminal != own})


def _member(entry: Any) -> Member:
    if type(entry) is not dict or entry.keys() != {"terminal", "address", "key"}:
        raise SetupError(faults.GROUP_FILE, wrong="terminal, address and key")
    terminal, key = entry["terminal"], entry["key"]
    if type(terminal) is not str or not NAME_BYTES[0] <= len(terminal) <= NAME_BYTES[1]:
        raise SetupError(faults.GROUP_FILE, wrong="terminal")
    try:
        point = CoseKey.parse(cbor.decode(bytes.fromhex(key))).load()
    except (InputError, ValueError, TypeError):
        raise SetupError(faults.GROUP_FILE, wrong="key", terminal=terminal) from None
    return Member(terminal=terminal, address=_address(entry["address"]), key=point)


def _address(text: Any) -> Address:
    """192.168.8.12:7411 or [fd00::12]:7411."""
    try:
        host, _, port = text.rpartition(":")
        found = Address(str(ip_address(host.removeprefix("[").removesuffix("]"))), int(port))
    except (ValueError, AttributeError):
        raise SetupError(faults.GROUP_FILE, wrong="address") from None
    if not 0 < found.port < 1 << 16:
        raise SetupError(faults.GROUP_FILE, wrong="port")
    return found
