from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from codes.claims import Profile, StatusRef, StatusType
from codes.status import StatusListToken
from ecard.lifecycle import RULES, Command
from ecard.publishing import publish_statuses
from ecard.stopping import LossOf
from tests.ecard.city import CLERK, CQ, SC, City, SoftPhone, key, place

PAPERS = RULES[Command.REPORT_LOSS].evidence


def test_every_place_has_a_status_and_a_list_of_a_known_size(city: City) -> None:
    city.card(1, region=CQ)
    city.card(2, region=SC)
    truth = city.office.truth(city.at)
    assert {(plan.region, plan.size) for plan in truth.shards()} == {(CQ, 256), (SC, 256)}
    assert {plan.uri for plan in truth.shards()} == {ref.uri for ref in truth.statuses(city.at)}
    assert set(truth.statuses(city.at).values()) == {StatusType.VALID}


def test_the_truth_of_one_moment_is_not_asked_about_another(city: City) -> None:
    truth = city.office.truth(city.at)
    assert truth.statuses(city.at + timedelta(microseconds=5)) == {}
    with pytest.raises(ValueError, match="truth of"):
        truth.statuses(city.at + timedelta(seconds=1))


def test_a_list_is_dropped_when_its_last_credential_has_expired_and_not_before(city: City) -> None:
    city.with_policy(spares=10)
    card, chip = city.card()
    phone = SoftPhone("p")
    bound = city.bind(card, phone, chip)
    early, _ = city.renew(bound.phone, phone, Profile.GENERAL, Profile.IDENTITY)
    city.later(hours=5)
    late, _ = city.renew(bound.phone, phone, Profile.GENERAL, Profile.IDENTITY)
    assert early.says.status.uri == late.says.status.uri
    city.at = city.at.fromtimestamp(early.says.exp, city.at.tzinfo)
    assert {place(early), place(late)} <= city.statuses().keys()
    city.at = city.at.fromtimestamp(late.says.exp, city.at.tzinfo)
    assert not {place(early), place(late)} & city.statuses().keys()


def test_an_ended_card_is_invalid_everywhere_and_an_ended_phone_on_its_own(city: City) -> None:
    card, chip = city.card()
    places = {}
    for name in "ab":
        phone = SoftPhone(name)
        bound = city.bind(card, phone, chip)
        places[bound.phone.ref] = place(city.renew(bound.phone, phone, Profile.GENERAL)[0])
    first = next(iter(places))
    with city.office.store.writing() as work:
        work.connection.execute(sa.text("UPDATE carrier SET state = 'ended', end_reason = 'unbound' WHERE ref = :ref"), {"ref": first})
    assert [status for where, status in sorted(city.statuses().items()) if status == "INVALID"] == ["INVALID"]
    assert city.statuses()[places[first]] == "INVALID"
    with city.office.store.writing() as work:
        work.connection.exec_driver_sql("UPDATE card SET state = 'ended', end_reason = 'cancelled', revision = revision + 1")
    assert set(city.statuses().values()) == {"INVALID"}


def test_all_indices_of_a_card_flip_in_one_published_edition(city: City) -> None:
    card, chip = city.card()
    phone = SoftPhone("p")
    bound = city.bind(card, phone, chip)
    refs = [credential.says.status for credential in city.renew(bound.phone, phone, Profile.GENERAL, Profile.IDENTITY)]
    refs += [row.status for row in city.office.credentials(card.card.ref) if row.profile is Profile.CHIP]
    folder, signers = city.path.parent / "published", {CQ: key("status")}

    def published() -> tuple[set[StatusType], set[int]]:
        publish_statuses(city.office.truth(city.at), folder, signers, at=city.at)
        tokens = {ref: StatusListToken.from_bytes((folder / "status" / f"{ref.uri[3:]}.cwt").read_bytes()) for ref in refs}
        return {token.list()[ref.idx] for ref, token in tokens.items()}, {token.iat for token in tokens.values()}

    assert published()[0] == {StatusType.VALID}
    city.office.report_loss(card.card.ref, of=LossOf.CARD, actor=CLERK, evidence=PAPERS, at=city.later(minutes=5))
    assert published() == ({StatusType.SUSPENDED}, {int(city.at.timestamp())})
    city.office.withdraw_loss(card.card.ref, of=LossOf.CARD, actor=CLERK, evidence=PAPERS, at=city.later(minutes=5))
    assert published() == ({StatusType.VALID}, {int(city.at.timestamp())})


def test_the_status_of_a_place_does_not_depend_on_when_it_is_asked_first(city: City) -> None:
    card, _ = city.card()
    before = city.office.truth(city.at).statuses(city.at)
    city.office.report_loss(card.card.ref, of=LossOf.CARD, actor=CLERK, evidence=PAPERS, at=city.at)
    after = city.office.truth(city.at).statuses(city.at)
    assert before.keys() == after.keys()
    assert all(isinstance(ref, StatusRef) for ref in after)
    assert (set(before.values()), set(after.values())) == ({StatusType.VALID}, {StatusType.SUSPENDED})
