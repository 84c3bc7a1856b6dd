"""The quick way from a report to a version on the disk, on both databases: only what changed is asked for, and the whole pass finds nothing left to say."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from codes.claims import Profile, StatusRef, StatusType
from codes.errors import SetupError
from codes.trust import StatusAuthority, StatusKey
from ecard import faults, outbox, schema, statuses
from ecard.chaining.edition import publish_edition, touched
from ecard.chaining.following import QuickWay
from ecard.chaining.noting import floors, note
from ecard.chaining.places import ChainFolder
from ecard.chaining.publisher import ChainPublisher, RegionChains
from ecard.lifecycle import RULES, Command
from ecard.model import FreezeGround, seconds
from ecard.outbox import Topic
from ecard.publishing import DEFAULT_PACE
from ecard.stopping import LossOf
from ecard.tick import LapsedFreezes
from tests.ecard.chains import CHIP, PHONE, Follower
from tests.ecard.city import CLERK, CQ, SC, SPACES, City, SoftPhone, key

if TYPE_CHECKING:
    from pathlib import Path

    from ecard.chaining.edition import WholeEdition
    from ecard.chaining.following import Round
    from ecard.model import Dossier

PAPERS = RULES[Command.REPORT_LOSS].evidence
LETTERS = {CQ: "c", SC: "s"}


@dataclass
class Desk:
    """A city with a published folder: a quick way and a whole pass over it."""

    city: City
    folder: Path
    publisher: ChainPublisher

    def regions(self) -> dict[str, RegionChains]:
        found = {}
        now = seconds(self.city.at)
        for region, letter in LETTERS.items():
            status = StatusKey(key=key("status").public_key, not_before=now - 900 * 86400, not_after=now + 900 * 86400)
            authority = StatusAuthority(region=region, letter=letter, epoch=1, keys=(status,), spaces=SPACES)
            with self.city.office.store.reading() as work:
                found[region] = RegionChains(authority=authority, signer=key("status"), floors=floors(work, region, 1))
        return found

    def quick(self) -> Round:
        return QuickWay(premises=self.city.office, publisher=self.publisher, regions=self.regions).run(at=self.city.at)

    def whole(self, publisher: ChainPublisher | None = None) -> WholeEdition:
        def noted(news: object) -> None:
            with self.city.office.store.writing() as work:
                note(work, news, now=seconds(self.city.at))  # type: ignore[arg-type] # because an edition's news are told as they come

        keeper = publisher or self.publisher
        return publish_edition(self.city.office.truth, keeper, self.folder, self.regions(), at=self.city.at, pace=DEFAULT_PACE, note=noted)

    def seen(self, dossier: Dossier, space: object = PHONE) -> set[StatusType]:
        """What a follower reads at every place of a card in one space."""
        refs = [row.status for row in self.city.office.credentials(dossier.card.ref) if (row.profile is Profile.CHIP) == (space is CHIP)]
        gate = Follower(self.folder, dossier.card.region, CHIP if space is CHIP else PHONE, by=self.regions())
        return {gate.status(ref) for ref in refs}


@pytest.fixture
def desk(city: City, tmp_path: Path) -> Desk:
    folder = tmp_path / "published"
    made = Desk(city, folder, ChainPublisher(folder))
    made.whole()
    return made


def active(desk: Desk, order: int = 1) -> Dossier:
    card, chip = desk.city.card(order)
    phone = SoftPhone(f"p{order}")
    bound = desk.city.bind(card, phone, chip)
    desk.city.renew(bound.phone, phone, Profile.GENERAL, Profile.IDENTITY)
    return card


def lose(desk: Desk, card: Dossier) -> None:
    desk.city.office.report_loss(card.card.ref, of=LossOf.CARD, actor=CLERK, evidence=PAPERS, at=desk.city.later(seconds=2))


def test_a_loss_is_on_the_disk_after_one_round_in_both_spaces(desk: Desk) -> None:
    card, other = active(desk, 1), active(desk, 2)
    desk.quick()
    assert desk.seen(card) == desk.seen(card, CHIP) == {StatusType.VALID}
    lose(desk, card)
    told = {(chain.region, chain.space): chain for chain in desk.quick().chains}
    assert told[CQ, PHONE].flipped == {StatusType.SUSPENDED: 2}
    assert told[CQ, CHIP].flipped == {StatusType.SUSPENDED: 1}
    assert told[CQ, PHONE].iat == told[CQ, CHIP].iat == seconds(desk.city.at)
    assert not told[SC, PHONE].is_new
    assert desk.seen(card) == desk.seen(card, CHIP) == {StatusType.SUSPENDED}
    assert desk.seen(other) == {StatusType.VALID}


def test_after_the_quick_way_the_whole_pass_has_nothing_to_say(desk: Desk) -> None:
    cards = [active(desk, order) for order in range(1, 4)]
    for card in cards[:2]:
        lose(desk, card)
    desk.quick()
    desk.city.office.withdraw_loss(
        cards[0].card.ref, of=LossOf.CARD, actor=CLERK, evidence=RULES[Command.WITHDRAW_LOSS].evidence, at=desk.city.later(seconds=3)
    )
    desk.quick()
    desk.city.later(seconds=5)
    assert not any(chain.is_new for chain in desk.whole(ChainPublisher(desk.folder)).chains)
    assert desk.seen(cards[0]) == {StatusType.VALID}
    assert desk.seen(cards[1]) == {StatusType.SUSPENDED}


def test_what_the_quick_way_asks_is_what_the_whole_pass_would_be_told(desk: Desk) -> None:
    cards = [active(desk, order) for order in range(1, 4)]
    lose(desk, cards[1])
    now = seconds(desk.city.at)
    with desk.city.office.store.reading() as work:
        whole = statuses.snapshot(work, now=now)
        some = statuses.of_cards(work, [cards[0].card.ref, cards[1].card.ref], now=now)
        nobody = statuses.of_cards(work, [], lists=["sl:czzzz"], now=now)
    refs = {row.status for card in cards[:2] for row in desk.city.office.credentials(card.card.ref)}
    assert dict(some.values) == {ref: status for ref, status in whole.values.items() if ref in refs}
    assert set(some.plans) <= set(whole.plans)
    assert (dict(nobody.values), nobody.plans) == ({}, ())


def test_a_place_that_ended_is_not_taken_back_by_the_quick_way(desk: Desk) -> None:
    card = active(desk)
    lose(desk, card)
    desk.quick()
    with desk.city.office.store.writing() as work:
        work.connection.execute(sa.update(schema.card).values(state="ended", end_reason="cancelled", revision=schema.card.c.revision + 1))
    desk.city.later(seconds=2)
    desk.whole()
    assert desk.seen(card) == {StatusType.INVALID}
    regions = desk.regions()
    with desk.city.office.store.reading() as work:
        ended = statuses.of_cards(work, [card.card.ref], now=seconds(desk.city.at))
    revived = dict.fromkeys(ended.values, StatusType.VALID)
    with desk.publisher.turn():
        news = desk.publisher.run(
            touched(revived, ended.plans, regions, desk.publisher.standing(regions)), regions, at=seconds(desk.city.at), whole=False
        )
        assert not any(chain.is_new for chain in news)
        with pytest.raises(SetupError) as wrong:
            touched({StatusRef("sl:c0", 1 << 20): StatusType.VALID}, ended.plans, regions, {})
    assert wrong.value.fault is faults.STATUS_SHARD


def test_a_list_that_has_just_begun_stands_in_the_next_version(desk: Desk) -> None:
    active(desk)
    told = {(chain.region, chain.space): chain for chain in desk.quick().chains}
    assert told[CQ, PHONE].lists == 2
    assert told[CQ, CHIP].lists == 1
    assert told[CQ, PHONE].is_new


def test_a_round_without_news_is_a_heartbeat_once_a_minute(desk: Desk) -> None:
    place = ChainFolder.of(desk.folder, CQ, PHONE)
    before = place.head.read_bytes()
    desk.city.later(seconds=59)
    assert (desk.quick().messages, place.head.read_bytes()) == (0, before)
    desk.city.later(seconds=1)
    desk.quick()
    assert Follower(desk.folder, by=desk.regions()).head().head.iat == seconds(desk.city.at)


def test_a_message_is_settled_when_its_version_lies_there_and_free_again_when_it_cannot(desk: Desk) -> None:
    card = active(desk)
    desk.quick()
    lose(desk, card)
    in_the_way = ChainFolder.of(desk.folder, CQ, PHONE).delta(1, (2, 3)).with_name(".2-3.cbor.part")
    in_the_way.mkdir()
    with pytest.raises(SetupError) as refused:
        desk.quick()
    assert refused.value.fault is faults.FOLDER_UNWRITABLE
    in_the_way.rmdir()
    assert desk.quick().messages == 1
    assert desk.seen(card) == {StatusType.SUSPENDED}
    with desk.city.office.store.reading() as work:
        assert Topic.PUBLISH not in outbox.waiting(work, now=seconds(desk.city.at))


def test_a_message_that_asks_for_everything_is_left_for_the_whole_pass(desk: Desk) -> None:
    with desk.city.office.store.writing() as work:
        outbox.put(work, Topic.PUBLISH, "every-3600:1", {}, now=seconds(desk.city.at))
    found = desk.quick()
    assert ([message.mark for message in found.for_all], found.messages) == (["every-3600:1"], 0)
    QuickWay(premises=desk.city.office, publisher=desk.publisher, regions=desk.regions).settle(found.for_all, at=desk.city.at)
    with desk.city.office.store.reading() as work:
        assert Topic.PUBLISH not in outbox.waiting(work, now=seconds(desk.city.at))


def test_a_freeze_whose_time_is_over_comes_with_the_tick(desk: Desk) -> None:
    card = active(desk)
    desk.quick()
    terms = {"ground": FreezeGround.THEFT, "until": desk.city.at + timedelta(days=1), "evidence": RULES[Command.FREEZE].evidence}
    desk.city.office.freeze(card.card.ref, **terms, actor=CLERK, at=desk.city.later(seconds=2))  # type: ignore[arg-type] # because the terms are of three types
    desk.quick()
    assert desk.seen(card) == {StatusType.FROZEN}
    desk.city.later(days=2)
    assert LapsedFreezes().run(desk.city.office, at=desk.city.at) == 1
    desk.quick()
    assert desk.seen(card) == {StatusType.VALID}


def test_every_version_is_noted_once_also_one_that_a_killed_run_left(desk: Desk) -> None:
    card = active(desk)
    desk.quick()
    lose(desk, card)
    with desk.publisher.turn():
        regions = desk.regions()
        with desk.city.office.store.reading() as work:
            found = statuses.of_cards(work, [card.card.ref], now=seconds(desk.city.at))
        wanted = touched(found.values, found.plans, regions, desk.publisher.standing(regions))
        desk.publisher.run(wanted, regions, at=seconds(desk.city.at), whole=False)
    fresh = Desk(desk.city, desk.folder, ChainPublisher(desk.folder))
    desk.city.later(seconds=2)
    fresh.quick()
    with desk.city.office.store.reading() as work:
        rows = work.connection.execute(sa.select(schema.status_edition).where(schema.status_edition.c.region == CQ)).all()
        assert floors(work, CQ, 1) == {PHONE: 3, CHIP: 3}
    assert sorted((row.space, row.seq) for row in rows) == [(space, seq) for space in (1, 2) for seq in (1, 2, 3)]
