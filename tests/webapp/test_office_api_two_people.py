"""Two people over the office API: what was read is what is done, by somebody else, once, with a fresh second factor (threats F02, F03, F04)."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from codes.errors import StateError
from ecard import schema
from tests.webapp.staffhouse import Caller, at_desk, house, links, office, rows

if TYPE_CHECKING:
    from tests.webapp.consolehouse import House

__all__ = ["house", "office"]

SETTLED = ["insurance-benefits", "medical-account", "transport-balance", "loans", "financial-account"]


@pytest.fixture
def card(house: House) -> str:
    """A card whose holder asked for its end."""
    card = house.shell.active()
    words = [
        word
        for paper in ("in-person", "proof-of-move", "application-form", "identity-document-checked", "portrait")
        for word in ("--evidence", paper)
    ]
    house.shell.done("card", "request-cancel", card, "--as", "clerk-1", "--ground", "moved-away", "--applicant", "holder", *words, "--yes")
    return card


def proposed(caller: Caller, card: str, **more: Any) -> Any:
    given = {"decision": "accepted", "settled": SETTLED} | more
    return caller.give(card, "cancel", 202, evidence=["review"], **given)


@pytest.mark.threat("F04")
def test_any_change_after_it_was_read_is_refused_and_nothing_is_done(house: House, card: str) -> None:
    clerk, other = at_desk(house, "clerk-1"), at_desk(house, "clerk-2")
    made = proposed(clerk, card)
    fewer, rejected = proposed(clerk, card, settled=SETTLED[:4]), proposed(clerk, card, decision="rejected")
    assert len({made["digest"], fewer["digest"], rejected["digest"]}) == 3
    path = f"/proposals/{made['proposal']}/approve"
    other.step_up()
    before = rows(house)
    for wrong in (fewer["digest"], rejected["digest"], made["digest"][:-1] + ("0" if made["digest"][-1] != "0" else "1")):
        assert other.refused("POST", path, {"digest": wrong}) == (409, "proposal-differs")
    for body in ({"digest": made["digest"], "decision": "rejected"}, {"digest": made["digest"], "settled": []}, {}):
        assert other.refused("POST", path, body) == (422, "request-fields")
    assert rows(house) == before
    assert other.post(path, {"digest": made["digest"]})["card"]["card"]["state"] == "ended"


@pytest.mark.threat("F04")
def test_what_lies_sealed_cannot_be_exchanged_for_another_request(house: House, card: str) -> None:
    clerk, other = at_desk(house, "clerk-1"), at_desk(house, "clerk-2")
    made, second = proposed(clerk, card), proposed(clerk, card, settled=[])
    table = schema.proposal
    with house.desk.store.writing() as work:
        sealed = work.connection.execute(sa.select(table.c.sealed).where(table.c.ref == second["proposal"])).scalar_one()
        work.connection.execute(sa.update(table).where(table.c.ref == made["proposal"]).values(sealed=sealed))
    other.step_up()
    assert other.refused("POST", f"/proposals/{made['proposal']}/approve", {"digest": made["digest"]}) == (503, "vault-field")
    assert house.desk.card(made["card"]).card.state.value == "active"
    changed = {"command": "unfreeze", "revision": made["revision"] + 1, "articles": "CQ-1", "proposed_by": "clerk-7", "expires": made["expires"] + 1}
    for column, value in changed.items():
        with pytest.raises(StateError), house.desk.store.writing() as work:  # the database itself does not let what is asked be changed
            work.connection.execute(sa.update(table).where(table.c.ref == made["proposal"]).values({column: value}))


@pytest.mark.threat("F03")
def test_nobody_approves_their_own_and_nobody_without_a_fresh_second_factor(house: House, card: str) -> None:
    clerk, other, head = (at_desk(house, name) for name in ("clerk-1", "clerk-2", "sup-1"))
    made = proposed(clerk, card)
    path, body = f"/proposals/{made['proposal']}/approve", {"digest": made["digest"]}
    clerk.step_up()
    assert clerk.refused("POST", path, body) == (409, "same-person")
    house.clock.on(minutes=6)
    assert other.refused("POST", path, body)[1] == "step-up-needed"
    other.step_up()
    assert other.post(path, body)["done"]
    head.step_up()
    assert head.refused("POST", path, body)[1] == "proposal-over"


@pytest.mark.threat("F02")
def test_the_record_itself_refuses_who_took_the_step_before(house: House, card: str) -> None:
    """The request to cancel was clerk-1's: somebody else may propose its end, and clerk-1 may not approve it."""
    clerk, other = at_desk(house, "clerk-1"), at_desk(house, "clerk-2")
    made = proposed(other, card)
    clerk.step_up()
    assert clerk.refused("POST", f"/proposals/{made['proposal']}/approve", {"digest": made["digest"]}) == (409, "same-person")


def test_a_card_that_has_changed_since_is_not_decided_about(house: House, card: str) -> None:
    clerk, other = at_desk(house, "clerk-1"), at_desk(house, "clerk-2")
    made = proposed(clerk, card)
    clerk.give(card, "freeze", evidence=["case-file"], ground="theft", until=(house.clock() + timedelta(days=9)).isoformat())
    other.step_up()
    assert other.refused("POST", f"/proposals/{made['proposal']}/approve", {"digest": made["digest"]}) == (412, "stale-revision")


def test_an_approval_whose_answer_was_lost_is_asked_for_again_and_done_once(house: House, card: str) -> None:
    clerk, other = at_desk(house, "clerk-1"), at_desk(house, "clerk-2")
    made = proposed(clerk, card)
    other.step_up()
    path, body, key = f"/proposals/{made['proposal']}/approve", {"digest": made["digest"]}, "k" * 32
    first = other.post(path, body, key=key)
    was = links(house)
    assert other.post(path, body, key=key)["result"] == first["result"]
    assert links(house) == was


def test_what_is_turned_down_is_over_and_leaves_one_act(house: House, card: str) -> None:
    clerk, other = at_desk(house, "clerk-1"), at_desk(house, "clerk-2")
    made = proposed(clerk, card)
    (listed,) = other.get("/proposals")["proposals"]
    assert (listed["proposal"], listed["asked"]) == (made["proposal"], None)
    was = links(house)
    assert other.post(f"/proposals/{made['proposal']}/decline")["outcome"] == "declined"
    assert links(house) - was == {("office_act", made["proposal"]): 1}
    assert other.get("/proposals") == {"proposals": []}
    other.step_up()
    assert other.refused("POST", f"/proposals/{made['proposal']}/approve", {"digest": made["digest"]})[1] == "proposal-over"
