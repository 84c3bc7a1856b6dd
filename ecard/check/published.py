"""What stands published, read and checked as a stranger would, against the truth as this checker sees it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from ecard.check.encoding import take_apart, two_bits
from ecard.check.facts import rows
from ecard.check.findings import Finding
from ecard.check.states import status_at

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    import sqlalchemy as sa
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey

    from ecard.check.facts import Facts


class Listing(NamedTuple):
    """A published list as read."""

    iat: int
    entries: bytes
    """One byte an entry."""


class Published:
    """The lists that stand published. What is wrong with them alone is in `findings`; afterwards they are compared card by card."""

    def __init__(self, connection: sa.Connection, tokens: Mapping[str, bytes], keys: Mapping[str, EllipticCurvePublicKey]) -> None:
        self.findings: list[Finding] = []
        self.lists: dict[str, Listing] = {}
        self.compared = 0
        self.waiting = 0
        """Places whose card changed after the list was signed: the next edition shows them."""
        self._used: dict[str, set[int]] = {}
        shards = {shard["uri"]: shard for shard in rows(connection, "SELECT * FROM shard")}
        for uri, token in sorted(tokens.items()):
            shard = shards.get(uri)
            try:
                signed = take_apart(token)
                listing = _listing(signed.claims, uri)
            except (ValueError, KeyError, TypeError):
                self.findings.append(Finding("published-unreadable", uri))
                continue
            if shard is None or not signed.by(keys.get(shard["region"])):
                self.findings.append(Finding("published-signature", uri))
            elif len(listing.entries) != shard["size"]:
                self.findings.append(Finding("published-differs", uri, "size"))
            else:
                self.lists[uri] = listing
        newest = max((listing.iat for listing in self.lists.values()), default=0)
        living = "SELECT DISTINCT uri FROM credential WHERE exp > :at AND written < :at"
        missing = {row["uri"] for row in rows(connection, living, at=newest)} - tokens.keys()
        self.findings += [Finding("published-missing", uri) for uri in sorted(missing)]

    def compare(self, facts: Facts, withdrawn: Mapping[str, int]) -> Iterator[Finding]:
        """The places of one card."""
        carriers = {carrier["ref"]: carrier for carrier in facts.carriers}
        changed = max((event["at"] for event in facts.events), default=0)
        for credential in facts.credentials:
            uri, idx = credential["uri"], credential["idx"]
            listing = self.lists.get(uri)
            self._used.setdefault(uri, set()).add(idx)
            if listing is None or not 0 <= idx < len(listing.entries) or credential["carrier"] not in carriers:
                continue
            gone = withdrawn.get(credential["ref"])
            if max(changed, credential["written"], gone or 0) >= listing.iat:
                self.waiting += 1
                continue
            truth = 1 if gone is not None else status_at(facts, carriers[credential["carrier"]], listing.iat)
            self.compared += 1
            if listing.entries[idx] != truth:
                yield Finding("published-differs", f"{uri}/{idx}", f"{listing.entries[idx]} instead of {truth}")

    def unused(self) -> Iterator[Finding]:
        """Places that nobody has and that do not say VALID."""
        for uri, listing in self.lists.items():
            used = self._used.get(uri, set())
            for idx, value in enumerate(listing.entries):
                if value and idx not in used:
                    yield Finding("published-unused", f"{uri}/{idx}", str(value))


def _listing(claims: dict[Any, Any], uri: str) -> Listing:
    if claims[2] != uri or claims[65533]["bits"] != 2:
        raise ValueError("another list")
    return Listing(int(claims[6]), two_bits(claims[65533]["lst"]))


def read_published(folder: Path) -> dict[str, bytes]:
    """The lists of a published folder, by uri."""
    return {f"sl:{path.stem}": path.read_bytes() for path in sorted((folder / "status").glob("*.cwt"))}
