"""`ecard-reader status` and `ecard-reader pin`: the chip proves itself, and its holder replaces the PIN."""

from __future__ import annotations

import getpass
import secrets
import sys
from typing import TYPE_CHECKING, Any

from codes.chipproof import CHALLENGE_BYTES, ChipPurpose
from codes.credential import Credential
from codes.errors import InputError, StateError
from physical import faults
from physical.binding import BindingSession
from physical.opening import add_chip_options, opened
from physical.saying import Said

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from verify.arguments import Arguments


def add(verbs: argparse._SubParsersAction[Arguments]) -> None:
    """The verbs of this page."""
    for name, verb, says in (
        ("status", status, "让卡当场证明自己 / have the card prove itself"),
        ("pin", pin_change, "持卡人更换密码 / the holder replaces the PIN"),
    ):
        act = verbs.add_parser(name, help=says, description=says, allow_abbrev=False)
        add_chip_options(act)
        act.set_defaults(verb=verb)


def status(options: argparse.Namespace) -> Iterator[Said]:
    """Have the card prove, by a fresh challenge, that it holds the key which it shows. Whether anybody issued that key is for `present` and `ecard tap`."""
    with opened(options) as transport:
        session = BindingSession(transport)
        session.select()
        card_id, key = session.read_card_id(), session.read_public_key()
        report = session.prove(ChipPurpose.STATUS, secrets.token_bytes(CHALLENGE_BYTES), key=key, card_id=card_id)
        proven = {
            "proven": True,
            "issuer_checked": False,
            "state": report.state.name.lower(),
            "seq": report.seq,
            "counter": report.counter,
            "chip_random": report.chip_random.hex(),
        }
        yield Said({**proven, **shown(session)})


def pin_change(options: argparse.Namespace) -> Iterator[Said]:
    """The holder replaces the PIN."""
    old, new = _ask("原密码 / old PIN: "), _ask("新密码 / new PIN: ")
    with opened(options) as transport:
        session = BindingSession(transport)
        session.select()
        session.change_pin(old, new)
    yield Said({"pin_changed": True})


def shown(session: BindingSession) -> dict[str, Any]:
    """What the binding application shows to anybody. Raises `InputError` chip-credential when the credential is another chip's."""
    fields: dict[str, Any] = {
        "card_id": session.read_card_id().hex(),
        "key": session.read_public_key().kid().hex(),
        "pin_tries_left": session.pin_tries(),
    }
    try:
        credential = Credential.from_bytes(session.read_credential())
    except StateError:
        return fields | {"credential": None}
    says = credential.says
    if says.holder != session.read_public_key():
        raise InputError(faults.CHIP_CREDENTIAL, issuer=says.iss)
    return fields | {"credential": says.iss, "expires": says.exp, "status_uri": says.status.uri, "status_idx": says.status.idx}


def _ask(prompt: str) -> str:
    return getpass.getpass(prompt) if sys.stdin.isatty() else sys.stdin.readline().strip()
