"""The other region's desk: known by one pinned key, it asks for a freeze and sees the answer; it sees and stops nothing by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from codes import cbor
from ecard.lifecycle import Evidence
from ecard.model import CardRef
from tests.webapp.phonehouse import Caller, InProcess, fresh_signer
from tests.webapp.residenthouse import CLERK, opened
from tests.webapp.test_office import founded, shell

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.webapp.officehouse import Shell
    from tests.webapp.residenthouse import Hall

__all__ = ["founded", "shell"]
FREEZES = "/v1/regions/freezes"


@pytest.fixture
def hall(shell: Shell) -> Iterator[Hall]:
    with opened(shell) as hall:
        yield hall


def peer(hall: Hall, name: str = "sc-joint-desk") -> Caller:
    """A desk in Sichuan whose key was pinned here."""
    signer = fresh_signer()
    key = cbor.encode(signer.public_key.to_cbor()).hex()
    told = hall.shell.done("office", "region", name, "--region", "CN-SC", "--key", key, "--as", "sup-1")
    assert told["region"] == "CN-SC"
    return Caller(InProcess(hall.client), signer)


@pytest.mark.threat("G17")
def test_a_desk_asks_for_a_freeze_and_sees_what_became_of_it(hall: Hall, shell: Shell) -> None:
    card = CardRef(shell.active())
    desk, until = peer(hall), hall.now + 86_400
    body: dict[str, Any] = {"card_number": hall.desk.card(card).card.number, "ground": "theft", "until": until, "person": "sc-0042"}
    first = desk.done("POST", FREEZES, body, key="the same request twice")
    assert desk.done("POST", FREEZES, body, key="the same request twice") == first
    assert (first["card"], first["answer"]) == (card, None)
    assert hall.desk.card(card).holds == ()
    hall.desk.decline_freeze(card, first["request"], actor=CLERK, evidence={Evidence.REVIEW}, at=hall.clock())
    assert desk.done("GET", f"{FREEZES}/{card}/{first['request']}")["answer"] == "declined"
    assert desk.ask("GET", f"{FREEZES}/{card}/{'0' * 32}").code == "nothing-of-yours"
    assert desk.ask("GET", f"{FREEZES}/{'0' * 32}/{first['request']}").code == "nothing-of-yours"
    (event,) = (event for event in hall.desk.events(card) if event.command == "request-freeze")
    assert (event.actor, event.person) == ("sc-joint-desk", "CN-SC/sc-0042")


def test_numbers_are_not_found_out_this_way(hall: Hall) -> None:
    desk = peer(hall)
    for number in ("A00000000", "ZZZZZZZZZ", "000000000"):
        body = {"card_number": number, "ground": "theft", "until": hall.now + 9, "person": "sc-0042"}
        assert desk.ask("POST", FREEZES, body).code == "nothing-of-yours"


@pytest.mark.error("peer-shape")
@pytest.mark.error("peer-known")
@pytest.mark.error("peer-unknown")
def test_a_key_is_pinned_once_and_by_a_supervisor(hall: Hall, shell: Shell) -> None:
    desk = peer(hall)
    key, other = (cbor.encode(signer.public_key.to_cbor()).hex() for signer in (desk.signer, fresh_signer()))
    pin = ("office", "region", "sc-joint-desk", "--region", "CN-SC")
    shell.done(*pin, "--key", key, "--as", "sup-1")
    assert shell.refused(*pin, "--key", other, "--as", "sup-1") == (1, "peer-known")
    assert shell.refused(*pin, "--key", other, "--as", "clerk-1") == (1, "not-permitted")
    assert shell.refused("office", "region", "own", "--region", "CN-CQ", "--key", other, "--as", "sup-1") == (2, "peer-shape")
    assert shell("office", "region", "x", "--region", "CN-SC", "--key", "00", "--as", "sup-1").status == 2
    assert shell.refused("office", "region", "nobody", "--end", "--as", "sup-1") == (1, "peer-unknown")
    assert "已停用" in shell("office", "region", "sc-joint-desk", "--end", "--as", "sup-1").out
    assert shell.done("office", "region", "sc-joint-desk", "--end", "--as", "sup-1")["ended"] is not None
    assert desk.ask("GET", f"{FREEZES}/x/y").code == "caller-unknown"
