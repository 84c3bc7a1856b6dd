from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from codes import faults as format_faults
from codes.claims import HOUR, Profile
from codes.keyproof import ProofPurpose
from ecard import faults, issuing
from ecard.enrolment import NoncePurpose
from ecard.lifecycle import RULES, Command
from ecard.model import CarrierRef, Dossier
from ecard.phones import CredentialRequest, renewal_binding
from ecard.policy import DAY
from ecard.stopping import LossOf
from tests.ecard.city import CLERK, CQ, NOW, READER, SUPERVISOR, City, SoftChip, SoftPhone, key, refused

PAPERS = RULES[Command.REPORT_LOSS].evidence
GEN, IDY = Profile.GENERAL, Profile.IDENTITY


@pytest.fixture
def hand(city: City) -> tuple[Dossier, SoftChip]:
    city.office.register_reader(READER, actor=SUPERVISOR, at=city.at)
    return city.card()


def lose(city: City, card: Dossier, of: LossOf, phone: CarrierRef | None = None) -> None:
    city.office.report_loss(card.card.ref, of=of, phone=phone, actor=CLERK, evidence=PAPERS, at=city.at)


def test_every_credential_has_its_own_key_name_and_place(city: City, hand: tuple[Dossier, SoftChip]) -> None:
    card, chip = hand
    phone = SoftPhone("p")
    bound = city.bind(card, phone, chip)
    issued = [*city.renew(bound.phone, phone, GEN, IDY), *city.renew(bound.phone, phone, GEN, IDY)]
    says = [credential.says for credential in issued]
    assert [statement.profile for statement in says] == [GEN, IDY, GEN, IDY]
    for part in ({s.sub for s in says}, {s.holder for s in says}, {s.status for s in says}, {s.chip_tag for s in says}):
        assert len(part) == 4
    assert {s.holder.x for s in says} == phone.holders.keys()
    for statement in says:
        assert statement.iat % HOUR == 0
        assert NOW - HOUR < statement.iat <= NOW
        assert statement.exp - statement.iat == {GEN: 7 * DAY, IDY: 72 * HOUR}[statement.profile]
        assert (statement.name is not None) == (statement.profile is IDY)


def test_no_credential_outlives_its_card(city: City, hand: tuple[Dossier, SoftChip]) -> None:
    phone = SoftPhone("p")
    bound = city.bind(hand[0], phone, hand[1])
    city.later(seconds=hand[0].card.expires - NOW - DAY)
    issuer = city.office.issuer(CQ)
    longer = replace(issuer.phone, power=replace(issuer.phone.power, not_after=hand[0].card.expires))
    city.with_issuer(replace(issuer, phone=longer))
    (credential,) = city.renew(bound.phone, phone, GEN)
    assert credential.says.exp == hand[0].card.expires
    city.later(days=1)
    with refused(faults.CARD_EXPIRED):
        city.renew(bound.phone, phone, GEN)


@pytest.mark.error("renew-too-early")
def test_a_phone_renews_when_it_runs_low_with_a_little_to_spare(city: City, hand: tuple[Dossier, SoftChip]) -> None:
    phone = SoftPhone("p")
    bound = city.bind(hand[0], phone, hand[1])
    for _ in range(3):
        city.renew(bound.phone, phone, GEN)
    with refused(faults.RENEW_TOO_EARLY, profile=1, fresh=3, asked=1, limit=3):
        city.renew(bound.phone, phone, GEN)
    city.renew(bound.phone, phone, IDY)
    city.later(days=2)
    city.renew(bound.phone, phone, GEN)


def test_of_renewals_that_cross_no_more_than_the_limit_is_handed_over(
    city: City, hand: tuple[Dossier, SoftChip], monkeypatch: pytest.MonkeyPatch
) -> None:
    phone = SoftPhone("p")
    bound = city.bind(hand[0], phone, hand[1])
    check, crossing = issuing.check_as_terminal, iter(range(3))

    def crossed(*given: Any, **more: Any) -> None:
        """Between the signing of one renewal and its hand-over, the next one goes all its way."""
        check(*given, **more)
        if next(crossing, None) is not None:
            city.renew(bound.phone, phone, GEN)

    monkeypatch.setattr(issuing, "check_as_terminal", crossed)
    with refused(faults.RENEW_TOO_EARLY, profile=1, fresh=3, asked=1, limit=3):
        city.renew(bound.phone, phone, GEN)
    assert [row.state.value for row in city.office.credentials(hand[0].card.ref) if row.profile is GEN].count("ready") == 3


@pytest.mark.error("phone-provisional")
def test_a_provisional_phone_has_general_credentials_for_thirty_days(city: City, hand: tuple[Dossier, SoftChip]) -> None:
    phone = SoftPhone("p")
    bound = city.bind(hand[0], phone)
    with refused(faults.PHONE_PROVISIONAL):
        city.renew(bound.phone, phone, GEN, IDY)
    city.later(days=29)
    (credential,) = city.renew(bound.phone, phone, GEN)
    assert credential.says.exp <= NOW + 30 * DAY + HOUR
    city.later(days=1)
    with refused(faults.PHONE_PROVISIONAL):
        city.renew(bound.phone, phone, GEN)


@pytest.mark.error("request-profiles")
@pytest.mark.parametrize("profiles", [[], [GEN] * 5, [Profile.CHIP], [GEN, Profile.DELEGATE]])
def test_a_request_names_a_few_credentials_that_phones_get(city: City, hand: tuple[Dossier, SoftChip], profiles: list[Profile]) -> None:
    phone = SoftPhone("p")
    bound = city.bind(hand[0], phone, hand[1])
    with refused(faults.REQUEST_PROFILES, count=len(profiles)):
        city.renew(bound.phone, phone, *profiles)


def test_each_key_is_proved_and_no_key_serves_twice(city: City, hand: tuple[Dossier, SoftChip]) -> None:
    phone = SoftPhone("p")
    bound = city.bind(hand[0], phone, hand[1])

    def attempt(nonce: bytes, requests: list[CredentialRequest], *, signed_for: list[CredentialRequest] | None = None, by: str = "p") -> None:
        proof = SoftPhone(by).proof(renewal_binding(nonce, bound.phone.ref, requests if signed_for is None else signed_for))
        city.office.renew_credentials(bound.phone.ref, nonce=nonce, proof=proof, requests=requests, at=city.at)

    def holder(nonce: bytes, signer: str) -> CredentialRequest:
        return CredentialRequest(profile=GEN, proof=phone.proof(nonce, purpose=ProofPurpose.HOLDER, signer=key(signer)))

    nonce = city.office.nonce(hand[0].card.ref, NoncePurpose.RENEW, at=city.at).value
    mine = [holder(nonce, "mine")]
    for requests in ([holder(bytes(16), "mine")], [replace(mine[0], proof=phone.proof(nonce, signer=key("mine")))]):
        with refused(format_faults.KEY_PROOF):
            attempt(nonce, requests)
    with refused(format_faults.KEY_PROOF, wrong="nonce"):
        attempt(nonce, [holder(nonce, "thief")], signed_for=mine)
    with refused(faults.KEY_IN_USE, key="enrolment"):
        attempt(nonce, mine, by="thief")
    for requests in ([mine[0], mine[0]], [replace(mine[0], proof=phone.proof(nonce, purpose=ProofPurpose.HOLDER, signer=phone.enrolment))]):
        with refused(faults.KEY_IN_USE, key="holder"):
            attempt(nonce, requests)
    attempt(nonce, mine)
    with refused(faults.NONCE_UNUSABLE):
        attempt(nonce, mine)
    again = city.office.nonce(hand[0].card.ref, NoncePurpose.RENEW, at=city.at).value
    with refused(faults.KEY_IN_USE, key="holder"):
        attempt(again, [holder(again, "mine")])


def test_an_enrolment_proof_of_a_binding_renews_nothing(city: City, hand: tuple[Dossier, SoftChip]) -> None:
    phone = SoftPhone("p")
    bound = city.bind(hand[0], phone, hand[1])
    nonce = city.office.nonce(hand[0].card.ref, NoncePurpose.RENEW, at=city.at).value
    with refused(format_faults.KEY_PROOF, wrong="nonce"):
        city.office.renew_credentials(bound.phone.ref, nonce=nonce, proof=phone.proof(nonce), requests=phone.requests(nonce, GEN), at=city.at)


@pytest.mark.error("carrier-unknown")
def test_only_a_phone_that_is_bound_renews(city: City, hand: tuple[Dossier, SoftChip]) -> None:
    card, _ = hand
    assert card.chip is not None
    nonce = city.office.nonce(card.card.ref, NoncePurpose.RENEW, at=city.at).value
    phone = SoftPhone("p")
    for ref in (card.chip.ref, CarrierRef("nobody")):
        with refused(faults.CARRIER_UNKNOWN):
            city.office.renew_credentials(ref, nonce=nonce, proof=phone.proof(nonce), requests=phone.requests(nonce, GEN), at=city.at)


@pytest.mark.parametrize("of", LossOf)
def test_a_loss_stops_renewals_of_what_was_lost(city: City, hand: tuple[Dossier, SoftChip], of: LossOf) -> None:
    phone = SoftPhone("p")
    bound = city.bind(hand[0], phone, hand[1])
    lose(city, hand[0], of, bound.phone.ref if of is LossOf.PHONE else None)
    if of is LossOf.CHIP:
        assert city.renew(bound.phone, phone, GEN)
    else:
        with refused(faults.CARD_HELD):
            city.renew(bound.phone, phone, GEN)


def test_an_identity_credential_shows_the_masked_name_and_four_characters_and_the_reading_is_recorded(
    city: City, hand: tuple[Dossier, SoftChip]
) -> None:
    phone = SoftPhone("p")
    bound = city.bind(hand[0], phone, hand[1])
    city.renew(bound.phone, phone, GEN)
    (credential,) = city.renew(bound.phone, phone, IDY)
    assert credential.says.name == "江*鱼"
    assert len(credential.says.tail or "") == 4
    with city.office.store.reading() as work:
        links = city.office.vault.accesses(work, hand[0].card.holder)
    assert [(link.purpose, link.actor) for link in links] == [("identity-credential", bound.phone.ref)]
