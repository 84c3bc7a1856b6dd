"""`ecard office region`: the other region's desks that may ask ours by wire, each by one pinned key, exchanged in person."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from codes import cbor
from codes.errors import InputError
from codes.keys import CoseKey
from webapp.office.answering import DONE, say
from webapp.office.arguments import add_operator, add_verb
from webapp.office.opening import open_office
from webapp.office.options import name

if TYPE_CHECKING:
    from webapp.office.arguments import Verbs


def add(verbs: Verbs) -> None:
    """The command."""
    found = add_verb(verbs, "region", "登记外地区对接窗口的公钥", "pin the key of another region's desk", region)
    found.add_argument("desk", type=name, metavar="NAME", help="对接窗口 / the desk")
    found.add_argument("--region", type=name, metavar="REGION", help="外地区代码，如 CN-SC / its region")
    kind = found.add_mutually_exclusive_group(required=True)
    kind.add_argument("--key", type=_key, metavar="HEX", help="公钥（COSE_Key，十六进制），须当面核对 / its public key; compare it in person")
    kind.add_argument("--end", action="store_true", help="停用 / believe nothing more of it")
    add_operator(found)


def region(options: argparse.Namespace) -> int:
    """Pin a key, or end a desk."""
    at = options.clock()
    with open_office(options.office, at=at) as office:
        actor = office.settings.operator(options.actor).acting()
        if options.end:
            peer = office.desk.end_region(options.desk, actor=actor, at=at)
        else:
            peer = office.desk.pin_region(options.desk, options.key, region=options.region or "", actor=actor, at=at)
    mark = peer.key.thumbprint().hex()[:16]
    head = "✓ 已停用 / ended" if peer.ended is not None else "✓ 已登记 / pinned"
    page = {"desk": peer.ref, "region": peer.region, "key": mark, "ended": peer.ended}
    say(options, page, [f"{head}: {peer.ref}  {peer.region}", f"  密钥指纹 / key: {mark}"])
    return DONE


def _key(text: str) -> CoseKey:
    try:
        key = CoseKey.parse(cbor.decode(bytes.fromhex(text)))
        key.load()
    except (ValueError, InputError):
        raise argparse.ArgumentTypeError("不是公钥 / is no public key of ours, a COSE_Key in hexadecimal") from None
    return key
