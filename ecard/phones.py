"""The phone: binding its enrolment key, endorsed by the chip, and renewing its credentials."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from codes import cbor
from codes.chipproof import ChipPurpose, ChipReport, ChipState, bind_challenge
from codes.claims import Profile
from codes.errors import InputError, StateError
from codes.keyproof import KeyProof, ProofPurpose
from ecard import enrolment, faults, issuing, lifecycle, outbox
from ecard.applying import check_counters, with_carrier
from ecard.chips import noting, proofs
from ecard.enrolment import NoncePurpose
from ecard.issuer import PHONE_PROFILES
from ecard.lifecycle import CarrierStatus, Command
from ecard.model import Actor, Carrier, CarrierKind, CarrierRef, CarrierState, Dossier, HoldKind, ProofKind, Role, draw_ref
from ecard.outbox import Topic

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codes.credential import Credential
    from codes.keys import CoseKey
    from ecard.enrolment import Nonce
    from ecard.lifecycle import Evidence
    from ecard.model import CardRef
    from ecard.premises import Premises
    from ecard.store import Work


@dataclass(frozen=True, slots=True, kw_only=True)
class Endorsement:
    """The chip's word for a phone's key: its answer to INTERNAL AUTHENTICATE with purpose BIND, over `codes.chipproof.bind_challenge`."""

    reader: str
    answer: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """The phone as it is bound now."""

    dossier: Dossier
    phone: Carrier


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialRequest:
    """One credential that a phone asks for, and the proof that it holds the fresh key for it."""

    profile: Profile
    proof: bytes


def renewal_binding(nonce: bytes, phone: CarrierRef, requests: Sequence[CredentialRequest]) -> bytes:
    """What stands as nonce in the enrolment key's proof of a renewal: SHA-256 of CBOR ["ecard-renew", 2, nonce, phone, [[profile, proof] ...]].

    So the enrolment key signs for exactly these holder keys, on the card on which the phone has this reference: nobody can put a key of their own into
    somebody's batch, nor a batch on another card.
    """
    batch: list[cbor.Value] = [[int(request.profile), request.proof] for request in requests]
    return hashlib.sha256(cbor.encode(["ecard-renew", 2, nonce, phone, batch])).digest()


def bind(
    premises: Premises,
    ref: CardRef,
    *,
    nonce: bytes,
    proof: bytes,
    endorsement: Endorsement | None,
    actor: Actor,
    evidence: frozenset[Evidence],
    expected: int | None,
    now: int,
) -> Bound:
    """Enrol a phone's key. Without the chip's endorsement the phone is provisional; a later endorsement of the same key lifts that.

    The chip's endorsement, checked below, shows that card and PIN are there; without it a clerk must have the holder and the holder's papers there.
    """
    with premises.writing() as work:
        bound = _bound(
            premises, work, ref, nonce=nonce, proof=proof, endorsement=endorsement, actor=actor, shown=evidence, expected=expected, now=now
        )
    if bound is None:
        raise StateError(faults.CARD_HELD, command=Command.BIND_PHONE, hold=HoldKind.DRIFT, article="ZS-17a")
    return bound


def _bound(
    premises: Premises,
    work: Work,
    ref: CardRef,
    *,
    nonce: bytes,
    proof: bytes,
    endorsement: Endorsement | None,
    actor: Actor,
    shown: frozenset[Evidence],
    expected: int | None,
    now: int,
) -> Bound | None:
    """The phone, bound; None where the endorsing chip was found apart and held, which has to be kept although nothing is bound."""
    papers = shown if endorsement is None else lifecycle.RULES[Command.BIND_PHONE].papers(actor.role)
    before = work.dossier(ref, expected=expected)
    lifecycle.permit(Command.BIND_PHONE, before, region=before.card.region, actor=actor, evidence=papers, now=now)
    taken = enrolment.take_nonce(work, nonce, ref, NoncePurpose.BIND, now=now)
    key = KeyProof.check(proof, region=before.card.region, purpose=ProofPurpose.ENROLMENT, nonce=nonce).key
    known = _known_phone(work, before, key, now=now)
    if known is None and len(before.phones) >= premises.policy.phones_per_card:
        raise StateError(faults.PHONE_LIMIT, phones=len(before.phones), limit=premises.policy.phones_per_card)
    after = before
    if endorsement is not None:
        chip, noted = _endorsing_chip(premises, work, before, key, endorsement, nonce=taken, now=now)
        if noted != before:
            return None
        after = with_carrier(before, chip)
    phone = known or Carrier(
        ref=CarrierRef(draw_ref(premises.entropy)),
        card=ref,
        kind=CarrierKind.PHONE,
        state=CarrierState.ACTIVE,
        key=key,
        provisional_until=now + premises.policy.provisional,
        created=now,
    )
    if endorsement is not None:
        phone = replace(phone, provisional_until=None)
    after = with_carrier(after, phone)
    if endorsement is None and phone == known:
        return Bound(dossier=before, phone=phone)
    after = work.record(
        before, after, command=Command.BIND_PHONE, actor=actor, evidence=shown, purpose="enrolment" if endorsement else "provisional", at=now
    )
    if known is None and before.phones:
        told: outbox.Body = {"card": ref, "revision": after.card.revision, "what": "phone-bound"}
        outbox.put(work, Topic.PUSH, f"{ref}:{after.card.revision}:phone-bound", told, now=now)
    return Bound(dossier=after, phone=phone)


def _known_phone(work: Work, dossier: Dossier, key: CoseKey, *, now: int) -> Carrier | None:
    """The phone with this key on this card, if there is one. A key that is a chip's, or held anywhere, enrols nowhere."""
    for other in work.dossiers_with_key(key.thumbprint()):
        for carrier in other.carriers:
            if carrier.key != key:
                continue
            if carrier.kind is CarrierKind.CHIP or carrier.state is CarrierState.ENDED:
                raise InputError(faults.KEY_IN_USE, key="enrolment")
            if lifecycle.lost_since(other, carrier.ref, now) is not None:
                raise StateError(faults.CARD_HELD, command=Command.BIND_PHONE, hold="loss", article="ZS-17a")
    return next((phone for phone in dossier.phones if phone.key == key), None)


def _endorsing_chip(
    premises: Premises, work: Work, dossier: Dossier, key: CoseKey, endorsement: Endorsement, *, nonce: Nonce, now: int
) -> tuple[Carrier, Dossier]:
    """The card's chip with its counter moved on, after it has signed for exactly this key, at this reader, once; and the card, its proof noted."""
    chip = dossier.chip
    if chip is None or chip.key is None or chip.card_code is None:
        raise StateError(faults.CHIP_NOT_PERSONALISED)
    status = lifecycle.status_of(dossier, chip, now)
    if status is not CarrierStatus.VALID:
        raise StateError(faults.CARD_HELD, command=Command.BIND_PHONE, chip=status, article="ZS-17a")
    enrolment.check_reader(work, endorsement.reader)
    challenge = bind_challenge(
        reader_id=endorsement.reader, nonce=nonce.value, thumbprint=key.thumbprint(), card_number=dossier.card.number, expires=nonce.expires
    )
    report = ChipReport.check(endorsement.answer, key=chip.key.load(), purpose=ChipPurpose.BIND, card_id=chip.card_code, challenge=challenge)
    if report.state is not ChipState.ACTIVE:
        raise StateError(faults.CHIP_REFUSED, state=report.state.name)
    check_counters(work, report, chip)
    claim = proofs.claimed(report, ProofKind.BIND, challenge=challenge, answer=endorsement.answer)
    noted = noting.note(premises, work, dossier, chip, claim, reader=endorsement.reader, asked=nonce.expires - premises.policy.nonce_life, now=now)
    return replace(chip, counter=report.counter), noted


def renew(
    premises: Premises, ref: CarrierRef, *, nonce: bytes, proof: bytes, requests: Sequence[CredentialRequest], now: int
) -> tuple[Credential, ...]:
    """Issue fresh credentials to a phone that proves its enrolment key and every holder key. In the order of the requests."""
    if not 0 < len(requests) <= premises.policy.batch or not {request.profile for request in requests} <= set(PHONE_PROFILES):
        raise InputError(faults.REQUEST_PROFILES, count=len(requests), limit=premises.policy.batch)
    with premises.writing() as work:
        dossier = work.dossier_of_carrier(ref, eventless=True)
        phone = dossier.carrier(ref)
        if phone is None or phone.kind is not CarrierKind.PHONE or phone.key is None:
            raise StateError(faults.CARRIER_UNKNOWN)
        enrolment.use_up(premises, work, nonce, dossier.card.ref, NoncePurpose.RENEW, now=now)
        region = dossier.card.region
        proven = KeyProof.check(proof, region=region, purpose=ProofPurpose.ENROLMENT, nonce=renewal_binding(nonce, ref, requests)).key
        if proven != phone.key:
            raise InputError(faults.KEY_IN_USE, key="enrolment")
        actor = Actor(ref=ref, person=dossier.card.holder, role=Role.HOLDER)
        lifecycle.permit(Command.RENEW, dossier, region=region, actor=actor, evidence=(), now=now)
        check_phone(dossier, phone, requests, now=now)
        check_count(premises, work, phone, requests, now=now)
        keys = [KeyProof.check(request.proof, region=region, purpose=ProofPurpose.HOLDER, nonce=nonce).key for request in requests]
        if len({*keys, phone.key}) != len(keys) + 1:
            raise InputError(faults.KEY_IN_USE, key="holder")
        orders = [issuing.Order(profile=request.profile, holder=key) for request, key in zip(requests, keys, strict=True)]
        if any(order.profile is Profile.IDENTITY for order in orders):
            person = premises.vault.read(work, dossier.card.holder, purpose="identity-credential", actor=actor, at=now)
            named = {Profile.IDENTITY: (person.name.masked, person.identity.tail)}
            orders = [replace(order, name=name, tail=tail) for order in orders for name, tail in [named.get(order.profile, (None, None))]]
        intents = issuing.intend(premises, work, dossier, phone, orders, now=now)
    # Asked again where the credentials leave: of two renewals that were both let in, only what the limit allows is handed over.
    return issuing.complete(premises, intents, now=now, allowed=lambda work: check_count(premises, work, phone, requests, now=now))


def check_phone(dossier: Dossier, phone: Carrier, requests: Sequence[CredentialRequest], *, now: int) -> None:
    """Return if this phone may have such credentials now."""
    status = lifecycle.status_of(dossier, phone, now)
    if status is not CarrierStatus.VALID:
        raise StateError(faults.CARD_HELD, command=Command.RENEW, phone=status, article="ZS-17a")
    profiles = [request.profile for request in requests]
    if phone.provisional_until is not None and (now >= phone.provisional_until or Profile.IDENTITY in profiles):
        raise StateError(faults.PHONE_PROVISIONAL, until=phone.provisional_until)


def check_count(premises: Premises, work: Work, phone: Carrier, requests: Sequence[CredentialRequest], *, now: int) -> None:
    """Return if the phone has so few fresh credentials that it may have these as well."""
    profiles = [request.profile for request in requests]
    for profile in set(profiles):
        fresh = issuing.count_fresh(work, phone.ref, profile, after=now + premises.policy.renew_under(profile))
        asked = profiles.count(profile)
        if fresh + asked > 1 + premises.policy.spares:
            raise StateError(faults.RENEW_TOO_EARLY, profile=int(profile), fresh=fresh, asked=asked, limit=1 + premises.policy.spares)
