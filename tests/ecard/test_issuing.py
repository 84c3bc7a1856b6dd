from __future__ import annotations

import base64
import hmac
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from codes.claims import Profile, StatusRef
from codes.credential import Credential
from codes.keys import CoseKey, Signer
from ecard import faults, issuing
from ecard.issuer import IssuingKey, RegionIssuer
from ecard.lifecycle import RULES, Command
from ecard.model import CarrierState, CredentialState
from ecard.policy import DAY
from ecard.stopping import LossOf
from tests.ecard.city import CLERK, CQ, NOW, SC, City, SoftPhone, key, place, refused, region_issuer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from codes.trust import IssuerKey

PAPERS = RULES[Command.REPORT_LOSS].evidence
G = Profile.GENERAL


class BrokenError(RuntimeError):
    """The power is gone."""


class Interrupted:
    """A signer that something happens to: before it signs, or after."""

    def __init__(self, signer: Signer, *, before: Callable[[], object] | None = None, after: Callable[[bytes], bytes] | None = None) -> None:
        self._signer, self._before, self._after = signer, before, after
        self.signed: list[bytes] = []

    @property
    def public_key(self) -> CoseKey:
        return self._signer.public_key

    def sign(self, message: bytes) -> bytes:
        if self._before:
            self._before()
        signature = self._signer.sign(message)
        self.signed.append(message)
        return self._after(signature) if self._after else signature


def with_phone_signer(city: City, signer: Signer) -> None:
    issuer = region_issuer(CQ)
    city.with_issuer(replace(issuer, phone=IssuingKey(signer=signer, power=issuer.phone.power)))


def die(*_: object) -> bytes:
    raise BrokenError


@pytest.mark.threat("D07")
@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_crash_around_the_signature_leaves_a_row_that_can_be_stopped(city: City, moment: str) -> None:
    card, chip = city.card()
    phone = SoftPhone("p")
    bound = city.bind(card, phone, chip)
    with_phone_signer(city, Interrupted(key(f"{CQ} phone"), **{moment: die}))
    with pytest.raises(BrokenError):
        city.renew(bound.phone, phone, G)
    (orphan,) = (row for row in city.office.credentials(card.card.ref) if row.profile is G)
    assert (orphan.state, orphan.digest) == (CredentialState.INTENT, None)
    assert orphan.cnf in {CoseKey(x, y_is_odd=odd).thumbprint() for x in phone.holders for odd in (False, True)}
    city.office.report_loss(card.card.ref, of=LossOf.PHONE, phone=bound.phone.ref, actor=CLERK, evidence=PAPERS, at=city.at)
    assert city.statuses()[f"{orphan.status.uri}/{orphan.status.idx}"] == "SUSPENDED"


@pytest.mark.threat("D07")
def test_everything_ever_signed_has_a_row_written_before(city: City) -> None:
    card, chip = city.card()
    phone = SoftPhone("p")
    bound = city.bind(card, phone, chip)
    rows_at_signing: list[int] = []

    def look() -> None:
        rows_at_signing.append(len(city.office.credentials(card.card.ref)))

    with_phone_signer(city, Interrupted(key(f"{CQ} phone"), before=look))
    city.renew(bound.phone, phone, G, Profile.IDENTITY)
    assert rows_at_signing == [3, 3]
    assert {row.state for row in city.office.credentials(card.card.ref)} == {CredentialState.READY}


@pytest.mark.error("issue-overtaken")
def test_a_loss_reported_while_signing_keeps_the_signature_in(city: City) -> None:
    card, chip = city.card()
    phone = SoftPhone("p")
    bound = city.bind(card, phone, chip)

    def lose() -> None:
        city.office.report_loss(card.card.ref, of=LossOf.CARD, actor=CLERK, evidence=PAPERS, at=city.at)

    with_phone_signer(city, Interrupted(key(f"{CQ} phone"), before=lose))
    with refused(faults.OVERTAKEN, prepared_under=card.card.revision + 1, revision=card.card.revision + 2):
        city.renew(bound.phone, phone, G)
    (row,) = (row for row in city.office.credentials(card.card.ref) if row.profile is G)
    assert row.state is CredentialState.INTENT
    assert set(city.statuses().values()) == {"SUSPENDED"}


def test_a_batch_is_handed_over_whole_or_not_at_all(city: City) -> None:
    card, chip = city.card()
    phone = SoftPhone("p")
    bound = city.bind(card, phone, chip)
    signatures: Iterator[Callable[[bytes], bytes]] = iter([bytes, die])

    def once_then_never(signature: bytes) -> bytes:
        return next(signatures)(signature)

    with_phone_signer(city, Interrupted(key(f"{CQ} phone"), after=once_then_never))
    with pytest.raises(BrokenError):
        city.renew(bound.phone, phone, G, G)
    assert {row.state for row in city.office.credentials(card.card.ref) if row.profile is G} == {CredentialState.INTENT}


def test_a_crash_while_a_chip_is_made_is_made_good_by_doing_it_again(city: City) -> None:
    applied = city.apply()
    chip = city.chip_of(applied)
    issuer = region_issuer(CQ)
    city.with_issuer(replace(issuer, chip=IssuingKey(signer=Interrupted(issuer.chip.signer, before=die), power=issuer.chip.power)))
    with pytest.raises(BrokenError):
        city.personalise(applied, chip)
    with refused(faults.CHIP_NOT_PERSONALISED):
        city.office.activate(applied.card.ref, actor=CLERK, evidence=RULES[Command.ACTIVATE].evidence, at=city.at)
    city.with_issuer(issuer)
    city.personalise(applied, chip)
    done = city.office.activate(applied.card.ref, actor=CLERK, evidence=RULES[Command.ACTIVATE].evidence, at=city.at)
    assert done.chip is not None
    assert done.chip.state is CarrierState.ACTIVE


@pytest.mark.error("issue-self-check")
def test_a_signature_that_our_own_terminal_would_refuse_is_not_handed_over(city: City) -> None:
    card, chip = city.card()
    phone = SoftPhone("p")
    bound = city.bind(card, phone, chip)
    with_phone_signer(city, Interrupted(key(f"{CQ} phone"), after=lambda _: key("thief").sign(b"something else")))
    with refused(faults.SELF_CHECK, wrong="issuer-signature"):
        city.renew(bound.phone, phone, G)


@pytest.fixture
def issued(city: City) -> Credential:
    card, chip = city.card()
    phone = SoftPhone("p")
    return city.renew(city.bind(card, phone, chip).phone, phone, G)[0]


def with_power(**changes: object) -> RegionIssuer:
    issuer = region_issuer(CQ)
    return replace(issuer, phone=replace(issuer.phone, power=replace(issuer.phone.power, **changes)))  # type: ignore[arg-type]  # because a test changes any field


def bounds(**changes: int) -> dict[Profile, object]:
    return {G: replace(region_issuer(CQ).phone.power.profiles[G], **changes)}


@pytest.mark.parametrize(
    ("issuer", "wrong"),
    [
        (with_power(not_after=NOW), "issuer-key-period"),
        (with_power(not_before=NOW + 1), "issuer-key-period"),
        (with_power(profiles={}), "issuer-key-profile"),
        (with_power(profiles=bounds(longest_life=6 * DAY)), "issuer-key-life"),
        (with_power(profiles=bounds(longest_max_age=29)), "issuer-key-max-age"),
        (replace(region_issuer(CQ), letter="x"), "status list"),
        (replace(region_issuer(CQ), spaces={G: (5, 9)}), "status list"),
        (region_issuer(SC), "issuer-unknown"),
    ],
)
def test_a_terminals_every_bound_is_checked_before_a_credential_leaves(issued: Credential, issuer: RegionIssuer, wrong: str) -> None:
    with refused(faults.SELF_CHECK, wrong=wrong):
        issuing.check_as_terminal(issued.raw, issuer, issued.says, now=NOW)


def test_what_was_signed_is_what_was_meant_and_lives_now(issued: Credential) -> None:
    issuer = region_issuer(CQ)
    issuing.check_as_terminal(issued.raw, issuer, issued.says, now=NOW)
    with refused(faults.SELF_CHECK, wrong="meaning"):
        issuing.check_as_terminal(issued.raw, issuer, issued.says._replace(status=StatusRef("sl:c0", 7000)), now=NOW)
    for now, wrong in ((issued.says.exp, "credential-expired"), (issued.says.iat - 1, "credential-not-yet-valid")):
        with refused(faults.SELF_CHECK, wrong=wrong):
            issuing.check_as_terminal(issued.raw, issuer, issued.says, now=now)
    with refused(faults.SELF_CHECK, wrong="cbor-truncated"):
        issuing.check_as_terminal(issued.raw[:-1], issuer, issued.says, now=NOW)


def test_an_issuers_other_region_is_no_issuer_of_this_one(issued: Credential) -> None:
    stolen = Credential.issue(issued.says._replace(iss=SC), key(f"{CQ} phone"))
    with refused(faults.SELF_CHECK, wrong="issuer-unknown"):
        issuing.check_as_terminal(stolen.raw, region_issuer(CQ), stolen.says, now=NOW)


def test_chip_credentials_are_signed_by_the_chip_key_and_codes_by_the_phone_key(city: City) -> None:
    card, chip = city.card()
    phone = SoftPhone("p")
    city.renew(city.bind(card, phone, chip).phone, phone, G)
    issuer = region_issuer(CQ)
    kids: dict[Profile, IssuerKey] = {Profile.CHIP: issuer.chip.power, G: issuer.phone.power}
    assert {row.profile: row.kid for row in city.office.credentials(card.card.ref)} == {profile: power.kid for profile, power in kids.items()}


def test_a_credential_is_bound_to_its_chip_and_only_the_region_can_tell(city: City) -> None:
    card, chip = city.card()
    phone = SoftPhone("p")
    (credential,) = city.renew(city.bind(card, phone, chip).phone, phone, G)
    tag_key = region_issuer(CQ).chip_tag_key
    wanted = hmac.new(tag_key, chip.code + credential.says.sub.encode(), "sha256").digest()[:8]
    assert credential.says.chip_tag == wanted == issuing.chip_tag(tag_key, chip.code, credential.says.sub)
    assert issuing.chip_tag(bytes(32), chip.code, credential.says.sub) != wanted


def test_a_name_drawn_twice_is_drawn_again(city: City) -> None:
    card, chip = city.card()
    phone = SoftPhone("p")
    bound = city.bind(card, phone, chip)
    (first,) = city.renew(bound.phone, phone, G)
    entropy = city.office.entropy
    drawn: list[int] = []

    def stuck(size: int) -> bytes:
        if size != issuing.SUB_BYTES:
            return entropy(size)
        drawn.append(size)
        return base64.urlsafe_b64decode(first.says.sub) if len(drawn) < 3 else entropy(size)

    city.office = replace(city.office, entropy=stuck)
    (second,) = city.renew(bound.phone, phone, G)
    assert len(drawn) == 3
    assert second.says.sub != first.says.sub
    assert place(second) != place(first)


def test_a_card_whose_chip_is_gone_has_nothing_to_bind_a_credential_to(city: City) -> None:
    card, chip = city.card()
    phone = SoftPhone("p")
    bound = city.bind(card, phone, chip)
    with city.office.store.writing() as work:
        work.connection.exec_driver_sql("UPDATE carrier SET state = 'ended', end_reason = 'exchanged' WHERE kind = 'chip'")
    with refused(faults.CHIP_NOT_PERSONALISED):
        city.renew(bound.phone, phone, G)
