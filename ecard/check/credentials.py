"""Credentials: every one known, each at a place of its own, none after a stop; and what was signed against what is written."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from ecard.check.encoding import take_apart
from ecard.check.facts import rows
from ecard.check.findings import Finding
from ecard.check.states import lifted_by, placed_by

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import sqlalchemy as sa

    from ecard.check.facts import Facts, Row

CHIP = 3
_WHOLE = {
    "index-twice": "SELECT uri || '/' || idx AS subject FROM credential GROUP BY uri, idx HAVING COUNT(*) > 1",
    "sub-twice": "SELECT region || '/' || sub AS subject FROM credential GROUP BY region, sub HAVING COUNT(*) > 1",
    "holder-key-twice": "SELECT MIN(ref) AS subject FROM credential WHERE profile <> 3 GROUP BY cnf HAVING COUNT(*) > 1",
    "index-outside": "SELECT c.ref AS subject FROM credential c LEFT JOIN shard s ON s.uri = c.uri WHERE s.uri IS NULL OR c.idx < 0 OR c.idx >= s.size",
    "index-list": "SELECT c.ref AS subject FROM credential c JOIN shard s ON s.uri = c.uri WHERE s.region <> c.region OR s.profile <> c.profile",
    "nonce-late": "SELECT card AS subject FROM nonce WHERE used > expires",
}


def check_all(connection: sa.Connection) -> Iterator[Finding]:
    """What shows only when all credentials are looked at together."""
    for code, statement in _WHOLE.items():
        for row in rows(connection, statement):
            yield Finding(code, row["subject"])


def check_credentials(facts: Facts) -> Iterator[Finding]:
    """The credentials of one card."""
    carriers = {carrier["ref"]: carrier for carrier in facts.carriers}
    for credential in facts.credentials:
        ref = credential["ref"]
        carrier = carriers.get(credential["carrier"])
        if carrier is None or credential["region"] != facts.card["region"]:
            yield Finding("credential-carrier", ref)
        elif credential["profile"] == CHIP and (carrier["kind"] != "chip" or carrier["thumbprint"] != credential["cnf"]):
            yield Finding("chip-key", ref)
        if not credential["iat"] <= credential["written"] < credential["exp"] <= facts.card["expires"]:
            yield Finding("credential-life", ref)
        if not 1 <= credential["revision"] <= facts.card["revision"]:
            yield Finding("credential-revision", ref, str(credential["revision"]))
        if credential["state"] == "ready" and credential["profile"] != CHIP and any(_stopped(facts, hold, credential) for hold in facts.holds):
            yield Finding("credential-past-stop", ref)


def _stopped(facts: Facts, hold: Row, credential: Row) -> bool:
    """Whether this hold stood on the card or the carrier under the revision that the credential was handed over under."""
    if hold["carrier"] not in {None, credential["carrier"]}:
        return False
    placed, lifted = placed_by(facts, hold), lifted_by(facts, hold) if hold["lifted"] is not None else None
    if placed is None or placed > credential["revision"] or (lifted is not None and lifted <= credential["revision"]):
        return False
    return hold["until"] is None or credential["ready"] < hold["until"]


def check_signed(connection: sa.Connection, signed: Iterable[bytes]) -> Iterator[Finding]:
    """Credentials from outside of the record, a phone's, a chip's or a journal's, against their rows."""
    for data in signed:
        name = hashlib.sha256(data).hexdigest()[:16]
        try:
            claims = take_apart(data).claims
            place = claims[65535]["status_list"]
            said = {"region": claims[1], "sub": claims[2], "exp": claims[4], "iat": claims[6], "uri": place["uri"], "idx": place["idx"]}
        except (ValueError, KeyError, TypeError):
            yield Finding("signed-unknown", name, "unreadable")
            continue
        found = rows(connection, "SELECT * FROM credential WHERE region = :region AND sub = :sub", region=said["region"], sub=said["sub"])
        if not found:
            yield Finding("signed-unknown", name)
        elif found[0]["state"] != "ready":
            yield Finding("signed-not-ready", found[0]["ref"])
        elif found[0]["digest"] != hashlib.sha256(data).digest() or any(found[0][key] != value for key, value in said.items()):
            yield Finding("signed-differs", found[0]["ref"])
