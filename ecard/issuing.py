"""Issuing: written before signed, checked before handed over.

    prepare   statement within the key's power, fresh sub, fresh index            in the transaction of the command
    record    a row of state INTENT: from here on the credential is known and its index can be revoked
    sign      outside any transaction
    check     believed by the terminal's own code (verify), under exactly the power that the region publishes
    ready     only if the card's revision is still the one it was prepared under; then, and only then, the bytes leave

A crash between any two of these leaves a row for everything that was ever signed, and hands over nothing (threat D07).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import sqlalchemy as sa

from codes.claims import HOUR, Profile, parse_uri
from codes.credential import CHIP_TAG_BYTES, Credential, Statement
from codes.errors import InputError, SetupError, StateError
from ecard import entitlements, faults, indices, lifecycle, outbox, questions, rows, schema
from ecard.contention import persist
from ecard.lifecycle import CarrierStatus
from ecard.model import CredentialRef, CredentialRow, EndReason, draw_ref
from ecard.outbox import Topic
from ecard.policy import later
from verify.believing import Issued
from verify.clock import ClockFloor
from verify.trust import TrustView

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from codes.claims import StatusRef
    from codes.keys import CoseKey
    from ecard.issuer import RegionIssuer
    from ecard.model import Carrier, CarrierRef, Dossier, Entitlement
    from ecard.premises import Premises
    from ecard.store import Work

SUB_BYTES = 6

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One credential that is wanted: what kind, for which holder key, and for identity credentials the masked name and the tail."""

    profile: Profile
    holder: CoseKey
    name: str | None = None
    tail: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """A credential that is written and not yet signed."""

    row: CredentialRow
    says: Statement


def intend(premises: Premises, work: Work, dossier: Dossier, carrier: Carrier, orders: Sequence[Order], *, now: int) -> tuple[Intent, ...]:
    """Prepare credentials for one carrier of a card and write their rows, in the caller's transaction.

    Raises `InputError` key-in-use (a holder key that has been in a credential before), `SetupError` index-space-full.
    """
    issuer = premises.issuer(dossier.card.region)
    taken: set[StatusRef] = set()
    intents = []
    for order in orders:
        cnf = order.holder.thumbprint()
        if order.profile is not Profile.CHIP and _is_known(work, cnf):
            raise InputError(faults.KEY_IN_USE, key="holder")
        sub = _free_sub(premises, work, issuer.region)
        status = indices.allocate(
            work, issuer, order.profile, capacity=premises.policy.shard_capacity, entropy=premises.entropy, now=now, taken=taken
        )
        fare = entitlements.stated_by(work, carrier.ref, order.profile, now=now)
        intent = drafted(premises, dossier, carrier, order, cnf=cnf, sub=sub, status=status, fare=fare, now=now)
        work.connection.execute(sa.insert(schema.credential), rows.of_credential(intent.row))
        if lifecycle.status_of(dossier, carrier, now) is not CarrierStatus.VALID:
            outbox.put(work, Topic.PUBLISH, intent.row.ref, {"card": intent.row.card, "revision": intent.row.revision}, now=now)
        intents.append(intent)
    return tuple(intents)


def drafted(
    premises: Premises,
    dossier: Dossier,
    carrier: Carrier,
    order: Order,
    *,
    cnf: bytes,
    sub: str,
    status: StatusRef,
    fare: Entitlement | None,
    now: int,
) -> Intent:
    """What a credential will say, and the row that has to be written before it is signed; `cnf` is the thumbprint of its holder key."""
    issuer = premises.issuer(dossier.card.region)
    iat = now // HOUR * HOUR
    row = CredentialRow(
        ref=CredentialRef(draw_ref(premises.entropy)),
        card=dossier.card.ref,
        carrier=carrier.ref,
        region=issuer.region,
        sub=sub,
        profile=order.profile,
        status=status,
        cnf=cnf,
        kid=issuer.key_for(order.profile).power.kid,
        iat=iat,
        exp=_expiry(premises, dossier, carrier, order.profile, iat=iat, fare=fare),
        revision=dossier.card.revision,
        written=now,
    )
    says = Statement(
        iss=issuer.region,
        sub=sub,
        exp=row.exp,
        iat=iat,
        holder=order.holder,
        status=status,
        chip_tag=chip_tag(issuer.chip_tag_key, carrier.card_code or _card_code(dossier), sub),
        max_age=premises.policy.max_age,
        profile=order.profile,
        fare=premises.policy.fare if fare is None else fare.fare,
        name=order.name,
        tail=order.tail,
    )
    return Intent(row=row, says=says)


def complete(
    premises: Premises, intents: Sequence[Intent], *, now: int, allowed: Callable[[Work], None] = lambda _work: None
) -> tuple[Credential, ...]:
    """Sign what was intended, check it as a terminal would, and hand it over if the card is still as it was. Raises as `complete_with` does."""
    return complete_with(premises, intents, lambda credentials: credentials, now=now, allowed=allowed)


def complete_with(
    premises: Premises,
    intents: Sequence[Intent],
    answer: Callable[[tuple[Credential, ...]], T],
    *,
    now: int,
    allowed: Callable[[Work], None] = lambda _work: None,
) -> T:
    """The same for a command that answers with more than the credentials: what `answer` makes of them, which a repeated request gets again.

    `allowed` is asked in the transaction that hands over; what it raises keeps everything here.

    Raises `StateError` issue-overtaken, `SetupError` issue-self-check; in both cases nothing leaves and the rows stay.
    """
    signed = tuple(sign(premises, intent, now=now) for intent in intents)
    result = answer(signed)
    hand_over(premises, intents, signed, result, now=now, allowed=allowed)
    return result


def sign(premises: Premises, intent: Intent, *, now: int) -> Credential:
    """Sign what is on record as intended, and check it as a terminal would. Raises `SetupError` issue-self-check."""
    issuer = premises.issuer(intent.row.region)
    credential = Credential.issue(intent.says, issuer.key_for(intent.row.profile).signer)
    check_as_terminal(credential.raw, issuer, intent.says, now=now)
    return credential


def hand_over(
    premises: Premises, intents: Sequence[Intent], signed: Sequence[Credential], result: object, *, now: int, allowed: Callable[[Work], None]
) -> None:
    """Note that credentials leave, and keep `result` as the answer, if each card is as it was. Raises `StateError` issue-overtaken and what `allowed` does."""

    def hand() -> None:
        with premises.store.writing() as work:
            allowed(work)
            for card, prepared in sorted({(intent.row.card, intent.row.revision) for intent in intents}):
                revision = work.revision(card)
                if revision != prepared:
                    raise StateError(faults.OVERTAKEN, prepared_under=prepared, revision=revision)
            for intent, credential in zip(intents, signed, strict=True):
                digest = hashlib.sha256(credential.raw).digest()
                work.connection.execute(questions.HANDED_OVER, {"credential": intent.row.ref, "now": now, "of": digest})
            premises.store.answered(work, result)

    persist(hand, entropy=premises.entropy)


def check_as_terminal(data: bytes, issuer: RegionIssuer, meant: Statement, *, now: int) -> None:
    """Return if a terminal that trusts exactly the issuer's published power would believe these bytes, and they say what was meant.

    Raises `SetupError` issue-self-check naming what is wrong.
    """
    trust = TrustView.of(version=0, expires=now + 1, issuers=(issuer.phone.power, issuer.chip.power), authorities=(), scenes=())
    issued = Issued(trust=trust, floor=ClockFloor(overall=0))
    try:
        credential = Credential.from_bytes(data)
        trusted = issued.issuer(credential)
        issued.scope(trusted, credential.says, now)
        issued.signature(trusted, credential)
        issued.times(credential.says, now)
    except (InputError, StateError) as error:
        raise SetupError(faults.SELF_CHECK, wrong=error.code, region=issuer.region) from error
    letter, number = parse_uri(credential.says.status.uri)
    first, last = issuer.spaces[credential.says.profile]
    if letter != issuer.letter or not first <= number <= last:
        raise SetupError(faults.SELF_CHECK, wrong="status list", region=issuer.region)
    if credential.says != meant:
        raise SetupError(faults.SELF_CHECK, wrong="meaning", region=issuer.region)


def chip_tag(key: bytes, card_code: bytes, sub: str) -> bytes:
    """What binds a credential to one physical card; only the region can tell, and no two credentials share it (FORMATS section 1)."""
    return hmac.digest(key, card_code + sub.encode("ascii"), "sha256")[:CHIP_TAG_BYTES]


def has_ready(work: Work, carrier: CarrierRef) -> bool:
    """Whether a credential was ever handed over for this carrier."""
    ready = (schema.credential.c.carrier == carrier) & (schema.credential.c.state == "ready")
    return work.connection.execute(sa.select(schema.credential.c.ref).where(ready)).first() is not None


def count_fresh(work: Work, carrier: CarrierRef, profile: Profile, *, after: int) -> int:
    """How many credentials of a profile were handed over for this carrier and live beyond `after`."""
    return int(work.connection.execute(questions.FRESH, {"carrier": carrier, "profile": int(profile), "after": after}).scalar_one())


def _expiry(premises: Premises, dossier: Dossier, carrier: Carrier, profile: Profile, *, iat: int, fare: Entitlement | None) -> int:
    """Both ends lie on the hour; the life is counted from the rounded beginning, so that it never exceeds what the key may sign.

    No credential outlives the fare that it states.
    """
    policy = premises.policy
    lasting = dossier.card.expires if fare is None else min(dossier.card.expires, fare.expires // HOUR * HOUR)
    power = premises.issuer(dossier.card.region).key_for(profile).power
    if profile is Profile.CHIP:
        longest = power.profiles[profile].longest_life // HOUR * HOUR
        return min(later(iat, policy.chip_years), lasting, iat + longest)
    ends = [iat + policy.life(profile), lasting]
    if carrier.provisional_until is not None:
        ends.append(-(-carrier.provisional_until // HOUR) * HOUR)
    return min(ends)


def _card_code(dossier: Dossier) -> bytes:
    """Of the chip there is or, where it is dead and phones go on working, of the last one."""
    coded = [carrier for carrier in dossier.carriers if carrier.card_code is not None and carrier.end_reason is EndReason.DESTROYED]
    chip = dossier.chip or max(coded, key=lambda carrier: (carrier.created, carrier.ref), default=None)
    if chip is None or chip.card_code is None:
        raise StateError(faults.CHIP_NOT_PERSONALISED)
    return chip.card_code


def draw_sub(premises: Premises) -> str:
    """A name for a credential, which says nothing. Whether it was ever given, the record knows."""
    return base64.urlsafe_b64encode(premises.entropy(SUB_BYTES)).decode("ascii")


def _free_sub(premises: Premises, work: Work, region: str) -> str:
    while True:
        sub = draw_sub(premises)
        if work.connection.execute(questions.CREDENTIAL_WITH_SUB, {"region": region, "sub": sub}).first() is None:
            return sub


def _is_known(work: Work, cnf: bytes) -> bool:
    """Whether a key has been in a credential: of a phone, or as the chip's own."""
    return any(work.connection.execute(asked, {"key": cnf}).first() for asked in (questions.CHIP_WITH_KEY, questions.CREDENTIAL_WITH_KEY))
