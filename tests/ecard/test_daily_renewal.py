"""The renewal of every day: quick on PostgreSQL, whole on both, and in either case the proof, the nonce and the request key serve once."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from codes import faults as format_faults
from codes.claims import Profile
from codes.errors import CardError
from ecard import enrolment, faults, schema
from ecard.enrolment import NoncePurpose
from ecard.holderacts import PhoneProof, act_binding
from ecard.lifecycle import Command
from ecard.model import ItemGroup
from ecard.moments import LIFE, Moments
from ecard.phones import renewal_binding
from ecard.residents.proofs import SpentBefore, Unspent
from ecard.residents.tidying import ResidentsTidying
from tests.ecard.city import NOW, City, SoftPhone, key, refused

if TYPE_CHECKING:
    from codes.credential import Credential
    from ecard.model import Carrier

G = Profile.GENERAL


class Daily:
    """A phone that renews, and can send the same again."""

    def __init__(self, city: City) -> None:
        card, chip = city.card()
        self.city, self.device = city, SoftPhone("p")
        self.phone: Carrier = city.bind(card, self.device, chip).phone
        self.told: dict[str, Any] = {}

    def ask(self, *, nonce: bytes | None = None, phone: Carrier | None = None) -> Daily:
        """A fresh request, for this card or for the one that `phone` is of."""
        nonce = self.city.office.nonce(self.phone.card, NoncePurpose.RENEW, at=self.city.at).value if nonce is None else nonce
        requests = self.device.requests(nonce, G)
        self.told = {
            "nonce": nonce,
            "proof": self.device.proof(renewal_binding(nonce, (phone or self.phone).ref, requests)),
            "requests": requests,
            "at": self.city.at,
        }
        return self

    def send(self, jti: str, *, key: str = "the key of this request", **other: Any) -> tuple[Credential, ...]:
        asked: dict[str, Any] = {"card": self.phone.card, "phone": self.phone.ref} | other
        proof = Unspent(key=self.device.enrolment.public_key, jti=jti.rjust(22, "-"), until=NOW + 300)
        return self.city.office.renew_mine(proof, key=key, **asked, **self.told)

    def written(self) -> int:
        return len(self.city.office.credentials(self.phone.card))


@pytest.mark.threat("G17")
def test_a_proof_serves_one_renewal_whatever_becomes_of_it(city: City) -> None:
    daily = Daily(city).ask()
    (credential,) = daily.send("a")
    written = daily.written()
    with pytest.raises(SpentBefore):
        daily.send("a")
    assert daily.send("b") == (credential,)  # the same request, sent again with a fresh proof
    daily.ask()
    with refused(faults.NOTHING_OF_YOURS):
        daily.send("c", key="another request key", card="f" * 32)
    with pytest.raises(SpentBefore):
        daily.send("c", key="another request key")
    assert daily.written() == written
    with city.office.store.reading() as work:
        assert work.connection.execute(sa.select(sa.func.count()).select_from(schema.proof_seen)).scalar_one() == 3


def test_a_phone_makes_a_nonce_of_the_offices_moment_and_uses_it_once(city: City) -> None:
    daily = Daily(city).ask()
    moments = Moments.of(city.office.vault)
    given = moments.give(NOW)
    nonce = given + b"phone's."
    strangers = (
        moments.give(NOW + 1) + b"phone's.",
        moments.give(NOW - LIFE - 60) + b"phone's.",
        Moments(lambda told: told.ljust(32, b"x")).give(NOW) + b"phone's.",
        bytes([*given[:-1], given[-1] ^ 1]) + b"phone's.",
        bytes([*given[:7], given[7] ^ 1, *given[8:]]) + b"phone's.",
        given,
        nonce + b"\0",
        b"short",
        b"",
    )
    for number, stranger in enumerate(strangers):
        with refused(faults.NONCE_UNUSABLE, purpose="renew"):
            daily.ask(nonce=stranger).send(f"s{number}", key=f"with a stranger {number}")
    assert daily.ask(nonce=nonce).send("n", key="with the right nonce")
    with refused(faults.NONCE_UNUSABLE, purpose="renew"):
        daily.ask(nonce=nonce).send("m", key="with the right nonce again")
    own = city.office.nonce(daily.phone.card, NoncePurpose.RENEW, at=city.at)
    assert own.expires == NOW + LIFE + 60
    told = (city.office, own.value, daily.phone.card, NoncePurpose.RENEW)
    assert [enrolment.opened(*told, now=now) is not None for now in (NOW - 1, NOW, own.expires - 1, own.expires)] == [False, True, True, False]


@pytest.mark.threat("G17")
def test_a_nonce_that_served_a_renewal_serves_no_act(city: City) -> None:
    daily = Daily(city).ask()
    daily.send("a")
    ref, nonce = daily.phone.card, daily.told["nonce"]
    said = daily.device.proof(act_binding(nonce, Command.LOCK, ref, "card"))
    proof = PhoneProof(phone=daily.phone.ref, nonce=nonce, proof=said)
    with refused(faults.NONCE_UNUSABLE, purpose="act"):
        city.office.lock(ref, actor=city.holder(city.office.card(ref)), proof=proof, at=city.at)


@pytest.mark.threat("G17")
def test_a_nonce_that_served_an_act_serves_no_renewal(city: City) -> None:
    daily = Daily(city).ask()
    ref, nonce = daily.phone.card, daily.told["nonce"]
    proof = PhoneProof(
        phone=daily.phone.ref, nonce=nonce, proof=daily.device.proof(act_binding(nonce, Command.LOCK, ref, f"items-{int(ItemGroup.TRANSPORT)}"))
    )
    city.office.lock_items(ref, [ItemGroup.TRANSPORT], actor=city.holder(city.office.card(ref)), proof=proof, at=city.at)
    with refused(faults.NONCE_UNUSABLE, purpose="renew"):
        daily.send("a")


def test_what_a_phone_signs_for_one_of_its_cards_serves_no_other(city: City) -> None:
    daily = Daily(city).ask()
    card, chip = city.card(2)
    other = city.bind(card, daily.device, chip).phone
    with refused(format_faults.KEY_PROOF, wrong="nonce"):
        daily.send("a", key="for the other card", card=other.card, phone=other.ref)
    assert daily.send("b")
    nonce = daily.told["nonce"]
    with refused(faults.NONCE_UNUSABLE, purpose="renew"):
        daily.ask(nonce=nonce, phone=other).send("c", key="the same nonce again", card=other.card, phone=other.ref)


@pytest.mark.parametrize("clearing", ["a nonce that is kept", "the tick"])
def test_a_nonce_that_was_used_is_known_for_longer_than_it_lives_and_no_longer(city: City, clearing: str) -> None:
    daily = Daily(city).ask()
    daily.send("a")
    for minutes, kept in ((6, True), (1, False)):
        city.later(minutes=minutes)
        if clearing == "the tick":
            ResidentsTidying().run(city.office, at=city.at)
        else:
            city.office.nonce(daily.phone.card, NoncePurpose.BIND, at=city.at)
        with city.office.store.reading() as work:
            nonces = set(work.connection.execute(sa.select(schema.nonce.c.value)).scalars())
        assert (daily.told["nonce"] in nonces) is kept


def test_a_key_that_is_a_chips_or_was_a_holders_is_in_no_credential(city: City) -> None:
    daily = Daily(city)
    dossier = city.office.card(daily.phone.card)
    for number, name in enumerate((f"chip {dossier.card.ref}", "p enrolment")):
        daily.device.fresh = lambda name=name: key(name)  # type: ignore[method-assign,misc] # because the phone cheats
        with refused(faults.KEY_IN_USE, key="holder"):
            daily.ask().send(f"k{number}", key=f"the request number {number}")


def test_of_renewals_at_once_no_more_than_the_limit_is_handed_over(city: City) -> None:
    daily, ends = Daily(city), list[object]()
    asked = [dict(daily.ask().told) for _ in range(6)]

    def send(number: int) -> None:
        proof = Unspent(key=daily.device.enrolment.public_key, jti=f"{number:022}", until=NOW + 300)
        try:
            ends.append(city.office.renew_mine(proof, daily.phone.card, daily.phone.ref, key=f"renewal number {number}", **asked[number]))
        except CardError as error:
            ends.append(error.code)

    threads = [threading.Thread(target=send, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert ends.count("renew-too-early") == 3, ends
    rows = [row for row in city.office.credentials(daily.phone.card) if row.profile is G]
    assert [row.state.value for row in rows].count("ready") == 3
