"""The renewal of every day: one general credential, for a phone at which nothing is out of the ordinary, in three strokes (`ecard.strokes`).

It is `phones.renew` with nothing left out: the same proofs, the same table, the same limit, the row on record before anything is signed, the signature
checked before it leaves, and the card's revision compared both times. Where anything is otherwise (a refusal, a fare, a list that is full, an earlier request
under the same key, somebody else who is there first) nothing has been written, and `phones.renew` does the whole of it and says what is the matter.
"""

from __future__ import annotations

import hashlib
from collections import namedtuple
from typing import TYPE_CHECKING, Any

from codes.claims import Profile, StatusRef
from codes.errors import InputError, StateError
from codes.keyproof import KeyProof, ProofPurpose
from ecard import enrolment, faults, issuing, lifecycle, phones, requests, rows, strokes
from ecard.contention import Contended
from ecard.enrolment import NoncePurpose
from ecard.lifecycle import Command
from ecard.model import Actor, CarrierKind, CarrierState, Dossier, Role
from ecard.policy import DAY

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codes.credential import Credential
    from codes.keys import CoseKey
    from ecard.enrolment import Nonce
    from ecard.issuing import Intent
    from ecard.model import Carrier, CarrierRef
    from ecard.office import CardOffice
    from ecard.phones import CredentialRequest
    from ecard.requests import Request
    from ecard.residents.proofs import Unspent
    from ecard.strokes import Line

_DRAWN_BYTES = 7
_DRAWN = 1 << 8 * _DRAWN_BYTES
"""What is drawn for a place has one length, so that the database sees one kind of number."""


def renew(
    office: CardOffice,
    caller: Unspent,
    ref: CarrierRef,
    card: str,
    request: Request,
    *,
    nonce: bytes,
    proof: bytes,
    asked: CredentialRequest,
    now: int,
) -> tuple[Credential] | None:
    """The credential for this phone of this card, and the caller's proof is spent; None where it is not as every day, and nothing was done.

    Raises `StateError` issue-overtaken or renew-too-early and `SetupError` issue-self-check, with the row on record.
    """
    with office.store.line() as line:
        draws = [_DRAWN | int.from_bytes(office.entropy(_DRAWN_BYTES)) for _ in range(strokes.DRAWS)]
        after = now + office.policy.renew_under(Profile.GENERAL)
        told = {f"draw_{number}": drawn for number, drawn in enumerate(draws)} | {"phone": ref, "day": now // DAY, "after": after}
        found = line.run(strokes.LOOK, told, reading=True)
        if not found:
            return None
        of_card, dossier = len(strokes.PARTS[0]), _file(found)
        uri, size, *taken, many, has_fare = found[0][of_card : of_card + strokes.DRAWS + 4]
        phone = dossier.carrier(ref)
        if phone is None or dossier.card.ref != card or has_fare or uri is None or all(taken) or many > office.policy.spares:
            return None
        fresh = enrolment.opened(office, nonce, dossier.card.ref, NoncePurpose.RENEW, now=now)
        if fresh is None or phone.key != caller.key:
            return None
        try:
            holder = _proven(dossier, phone, nonce=nonce, proof=proof, asked=asked, now=now)
        except (InputError, StateError):
            return None
        place = StatusRef(uri, draws[taken.index(False)] % size)
        order = issuing.Order(profile=Profile.GENERAL, holder=holder)
        sub, cnf = issuing.draw_sub(office), holder.thumbprint()
        intent = issuing.drafted(office, dossier, phone, order, cnf=cnf, sub=sub, status=place, fare=None, now=now)
        if not _intend(line, caller, intent, request, fresh, now=now):
            return None
        credential = issuing.sign(office, intent, now=now)
        if not _hand(line, intent, credential, request, after=after, most=1 + office.policy.spares, now=now):
            answering = requests.answering(office, request)
            issuing.hand_over(
                answering,
                [intent],
                [credential],
                (credential,),
                now=now,
                allowed=lambda work: phones.check_count(office, work, phone, [asked], now=now),
            )
        return (credential,)


def _parted(names: Sequence[str]) -> Any:
    """A part of a row, as `ecard.rows` reads one."""
    return namedtuple("_Part", names)  # noqa: PYI024 because the names are the schema's


_Card, _Carrier, _Hold = map(_parted, strokes.PARTS)


def _file(found: Sequence[Any]) -> Dossier:
    """The card of these rows: each of its carriers with each of its holds."""
    of_card, of_carrier, of_hold = map(len, strokes.PARTS)
    second = len(found[0]) - of_hold
    first = second - of_carrier
    carriers = {row[first]: _Carrier._make(row[first:second]) for row in found}
    holds = {row[second]: _Hold._make(row[second:]) for row in found}
    return Dossier(
        card=rows.card_of(_Card._make(found[0][:of_card])),
        carriers=tuple(rows.carrier_of(carriers[ref]) for ref in sorted(carriers)),
        holds=tuple(rows.hold_of(holds[ref]) for ref in sorted(ref for ref in holds if ref is not None)),
    )


def _proven(dossier: Dossier, phone: Carrier, *, nonce: bytes, proof: bytes, asked: CredentialRequest, now: int) -> CoseKey:
    """The holder key that the phone proved, once the phone has proved itself and may have the credential. Raises as `phones.renew`."""
    region = dossier.card.region
    proven = KeyProof.check(proof, region=region, purpose=ProofPurpose.ENROLMENT, nonce=phones.renewal_binding(nonce, phone.ref, [asked])).key
    actor = Actor(ref=phone.ref, person=dossier.card.holder, role=Role.HOLDER)
    lifecycle.permit(Command.RENEW, dossier, region=region, actor=actor, evidence=(), now=now)
    phones.check_phone(dossier, phone, [asked], now=now)
    holder = KeyProof.check(asked.proof, region=region, purpose=ProofPurpose.HOLDER, nonce=nonce).key
    if proven != phone.key or holder == proven or phone.kind is not CarrierKind.PHONE or phone.state is CarrierState.ENDED:
        raise InputError(faults.KEY_IN_USE, key="holder")
    return holder


def _intend(line: Line, caller: Unspent, intent: Intent, request: Request, nonce: Nonce, *, now: int) -> bool:
    """Write the row, with all that is used up for it, if the card is as it was seen and all of that is new."""
    parts: dict[str, dict[str, Any]] = {
        "proof": {"thumbprint": caller.thumbprint, "jti": caller.jti, "until": caller.until},
        "request": request.row(),
        "nonce": enrolment.used(nonce, now=now),
        "credential": rows.of_credential(intent.row),
    }
    told = {f"{part}_{name}": value for part, row in parts.items() for name, value in row.items()}
    try:
        ((held,),) = line.run(strokes.INTEND, told | {"card": intent.row.card, "prepared": intent.row.revision})
    except Contended:
        return False
    caller.spent = caller.spent or bool(held)
    return bool(held)


def _hand(line: Line, intent: Intent, credential: Credential, request: Request, *, after: int, most: int, now: int) -> bool:
    """Note that the credential leaves, and keep the answer, if the card is as it was and the phone has not got enough meanwhile."""
    row = intent.row
    told = {"card": row.card, "prepared": row.revision, "phone": row.carrier, "credential": row.ref, "key": request.key, "after": after, "most": most}
    answer = {"now": now, "of": hashlib.sha256(credential.raw).digest(), "sealed": request.sealed((credential,))}
    try:
        ((handed,),) = line.run(strokes.HAND, {**told, **answer})
    except Contended:
        return False
    return bool(handed)
