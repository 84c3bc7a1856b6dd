"""What a day costs a gate on its line: a real terminal behind a real service, every byte of HTTP counted, and the deltas of a province in their place.

The day: the phones of both regions, 340 changes in five minutes between them, in 288 versions a chain. So it is where changes are that rare, and on a metered line
always. Where every window of the publisher has a version of its own, the signatures alone weigh more than a megabyte: that day is counted beside it, without a floor.
"""

from __future__ import annotations

import math
import ssl
import tempfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from codes.chain_changes import Changes
from codes.chain_delta import StatusDelta
from codes.merkle import Forest
from tests.bench.measure import Figure, show
from tests.bench.status import SPACES, Space, five_minutes, lists_of
from tests.vectors import cast
from tests.webapp.linkhouse import COMMENT, DAY, FIVE_MINUTES, Day, a_day, on_stream
from verify.following import ACK_EVERY_S, TRUST_EVERY_S
from webapp.feeding.feed import Pace

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_FLOOR_MB = 1.0
SHARES = (0.28, 0.72)
"""Of the people of both regions: Chongqing, Sichuan."""
_COUNTED = 24
"""Times five minutes that are counted."""
_BREAKS = 4
"""Times a day that the line breaks, and everything begins again with what is held."""
_CARDS, _WINDOW_S, _INDICES = 22_000, 1.5, 4.45
"""Cards that change in a day, the publisher's window, and phone indices of one card (STATUS)."""
_RECORD = 22
"""Bytes that a TLS 1.3 record adds."""


def figures() -> Iterator[Figure]:
    """`status.link_mb_per_day` of a metro gate, and its parts; of a gate that needs chips too; of one that is told each change by itself."""
    with tempfile.TemporaryDirectory() as folder, a_day(Path(folder)) as day:
        day.start()
        day.hurry()
        before, signed = day.line.bytes, len(day.deltas)
        for _ in range(_COUNTED):
            day.pass_five_minutes()
        times = DAY / FIVE_MINUTES / _COUNTED
        deltas = sum(map(on_stream, day.deltas[signed:]))
        rest = (day.line.bytes - before - deltas) * times
        again, opened = _again(day)
    rest += _BREAKS * again + DAY / Pace().keep_alive * len(COMMENT)
    connections = DAY / ACK_EVERY_S + DAY / TRUST_EVERY_S + _BREAKS * opened  # nobody keeps an idle one for minutes
    told = DAY // FIVE_MINUTES
    phones, chips = (sum(on_stream(size) for size in _sizes(space)) * told for space in reversed(SPACES))
    for name, value in (("", phones), (".with_chips", phones + chips)):
        yield Figure(
            name=f"status.link_mb_per_day{name}", value=(value + rest) / 1e6, unit="MB", floor=_FLOOR_MB, ratio=(value + rest) / 1e6 / _FLOOR_MB
        )
    yield Figure(name="status.link_mb_per_day.but_deltas", value=rest / 1e6, unit="MB")
    yield Figure(name="status.link_each_change_mb_per_day", value=(_each_by_itself() + rest) / 1e6, unit="MB")
    tls = (connections * _handshake() + (2 * told + DAY / Pace().keep_alive) * _RECORD) / 1e6
    yield Figure(name="status.link_tls_mb_per_day", value=tls, unit="MB")
    whole = (phones + rest) / 1e6 + tls
    yield Figure(name="status.link_mb_per_day.with_tls", value=whole, unit="MB", floor=_FLOOR_MB, ratio=whole / _FLOOR_MB)


def _again(day: Day) -> tuple[int, int]:
    """Bytes and connections from a break of the line until the stream stands again."""
    day.end()
    before, opened = day.line.bytes, day.line.opened
    day.start()
    return day.line.bytes - before, day.line.opened - opened


def _sizes(space: Space) -> Sequence[int]:
    """Bytes of the delta of five minutes in each region."""
    return [_delta_bytes(replace(space, places=int(space.places * share), changes=round(space.changes * share))) for share in SHARES]


def _delta_bytes(space: Space) -> int:
    lists, _ = lists_of(space, 0.01)
    after, forest = five_minutes(space, lists), Forest.of(lists)
    head = space.head._replace(seq=space.head.seq + 1)
    changes = Changes.between(lists, after)
    return len(StatusDelta.issue(head, changes, root=Forest.of(after).root, previous=forest.root, signer=cast.PUBLISHER).raw)


def _each_by_itself() -> float:
    """Bytes of a day in which every window that has a change is a version: cards report at any moment, so windows are filled by chance."""
    phones, windows, total = SPACES[1], DAY / _WINDOW_S, 0.0
    for share in SHARES:
        full = windows * (1 - math.exp(-_CARDS * share / windows))
        changes = round(_CARDS * share * _INDICES / full)
        total += full * on_stream(_delta_bytes(replace(phones, places=int(phones.places * share), changes=changes)))
    return total


def _handshake() -> int:
    """Bytes of a TLS 1.3 handshake with a certificate and the one above it, both P-256."""
    with tempfile.TemporaryDirectory() as folder:
        chain, key, authority = _certificates(Path(folder))
        far, near = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        far.load_cert_chain(chain, key)
        near.load_verify_locations(authority)
    up, down = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = (near.wrap_bio(down, up, server_hostname="office.example"), up), (far.wrap_bio(up, down, server_side=True), down)
    count, is_open = 0, True
    while is_open:
        is_open = False
        for end, out in ends:
            waiting = out.pending
            is_open |= _step(end)
            count += out.pending - waiting
    return count


def _step(end: ssl.SSLObject) -> bool:
    """Go on with a handshake; whether it is not over."""
    try:
        end.do_handshake()
    except ssl.SSLWantReadError:
        return True
    return False


def _certificates(folder: Path) -> tuple[Path, Path, Path]:
    keys = [ec.generate_private_key(ec.SECP256R1()) for _ in range(3)]
    names = [x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]) for name in ("office.example", "between", "top")]
    now = datetime.now(UTC)  # noqa: TID251 - because the library judges certificates by the machine's own time
    pages = []
    for nth in range(3):
        above = min(nth + 1, 2)
        made = x509.CertificateBuilder().subject_name(names[nth]).issuer_name(names[above]).public_key(keys[nth].public_key())
        made = made.serial_number(nth + 1).not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
        made = made.add_extension(x509.BasicConstraints(ca=nth > 0, path_length=None), critical=True)
        if nth == 0:
            made = made.add_extension(x509.SubjectAlternativeName([x509.DNSName("office.example")]), critical=False)
        pages.append(made.sign(keys[above], hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    chain, key, authority = folder / "chain.pem", folder / "key.pem", folder / "top.pem"
    chain.write_bytes(pages[0] + pages[1])
    authority.write_bytes(pages[2])
    key.write_bytes(keys[0].private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    return chain, key, authority


if __name__ == "__main__":
    show(*figures())
