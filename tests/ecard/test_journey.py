"""One card through its life, as a holder sees it."""

from __future__ import annotations

from codes.claims import Profile
from ecard.lifecycle import RULES, Command
from ecard.model import CardState
from ecard.stopping import LossOf
from tests.ecard.city import CLERK, City, SoftPhone, place


def test_a_card_is_applied_for_made_activated_bound_lost_and_found(city: City) -> None:
    card, chip = city.card()
    phone = SoftPhone("first")
    bound = city.bind(card, phone, chip)
    general, identity = city.renew(bound.phone, phone, Profile.GENERAL, Profile.IDENTITY)
    assert general.says.name is None
    assert (identity.says.name, identity.says.tail) == ("江*鱼", "001" + identity.says.tail[-1] if identity.says.tail else None)
    assert set(city.statuses().values()) == {"VALID"}
    papers = RULES[Command.REPORT_LOSS].evidence
    lost = city.office.report_loss(card.card.ref, of=LossOf.CARD, actor=CLERK, evidence=papers, at=city.later(hours=1))
    assert len(city.statuses()) == 3
    assert set(city.statuses().values()) == {"SUSPENDED"}
    found = city.office.withdraw_loss(card.card.ref, of=LossOf.CARD, actor=CLERK, evidence=papers, at=city.later(hours=1))
    assert set(city.statuses().values()) == {"VALID"}
    assert found.dossier.card.revision == lost.dossier.card.revision + 1
    assert [event.command for event in city.office.events(card.card.ref)] == [
        "apply",
        "personalise",
        "activate",
        "bind-phone",
        "report-loss",
        "withdraw-loss",
    ]
    assert found.dossier.card.state is CardState.ACTIVE
    assert place(general) in city.statuses()
