"""Rows to objects and back, by hand: the one place that knows how the model lies in the tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from codes.claims import Profile, StatusRef
from codes.keys import CoseKey
from ecard.model import (
    Access,
    Card,
    CardEvent,
    CardRef,
    CardState,
    Carrier,
    CarrierKind,
    CarrierRef,
    CarrierState,
    CredentialRef,
    CredentialRow,
    CredentialState,
    EndReason,
    FreezeGround,
    Hold,
    Holder,
    HolderRef,
    HoldKind,
    HoldRef,
    Role,
)

if TYPE_CHECKING:
    from sqlalchemy import Row

    SqlRow = Row[*tuple[Any, ...]]

Columns = dict[str, Any]


def of_holder(holder: Holder) -> Columns:
    """Table holder."""
    return {"ref": holder.ref, "region": holder.region, "created": holder.created}


def card_of(row: SqlRow) -> Card:
    """Table card."""
    return Card(
        ref=CardRef(row.ref),
        number=row.number,
        holder=HolderRef(row.holder),
        region=row.region,
        state=CardState(row.state),
        end_reason=None if row.end_reason is None else EndReason(row.end_reason),
        issued=row.issued,
        expires=row.expires,
        revision=row.revision,
        chip_seq=row.chip_seq,
        replaces=None if row.replaces is None else CardRef(row.replaces),
    )


def of_card(card: Card) -> Columns:
    """Table card."""
    return {
        "ref": card.ref,
        "number": card.number,
        "holder": card.holder,
        "region": card.region,
        "state": card.state.value,
        "end_reason": card.end_reason and card.end_reason.value,
        "issued": card.issued,
        "expires": card.expires,
        "revision": card.revision,
        "chip_seq": card.chip_seq,
        "replaces": card.replaces,
    }


def carrier_of(row: SqlRow) -> Carrier:
    """Table carrier."""
    return Carrier(
        ref=CarrierRef(row.ref),
        card=CardRef(row.card),
        kind=CarrierKind(row.kind),
        state=CarrierState(row.state),
        end_reason=None if row.end_reason is None else EndReason(row.end_reason),
        key=None if row.key_x is None else CoseKey(row.key_x, row.key_y_is_odd),
        card_code=row.card_code,
        counter=row.counter,
        provisional_until=row.provisional_until,
        created=row.created,
    )


def of_carrier(carrier: Carrier) -> Columns:
    """Table carrier."""
    return {
        "ref": carrier.ref,
        "card": carrier.card,
        "kind": carrier.kind.value,
        "state": carrier.state.value,
        "end_reason": carrier.end_reason and carrier.end_reason.value,
        "key_x": carrier.key and carrier.key.x,
        "key_y_is_odd": None if carrier.key is None else carrier.key.y_is_odd,
        "thumbprint": carrier.key and carrier.key.thumbprint(),
        "card_code": carrier.card_code,
        "counter": carrier.counter,
        "provisional_until": carrier.provisional_until,
        "created": carrier.created,
    }


def hold_of(row: SqlRow) -> Hold:
    """Table hold."""
    return Hold(
        ref=HoldRef(row.ref),
        card=CardRef(row.card),
        carrier=None if row.carrier is None else CarrierRef(row.carrier),
        kind=HoldKind(row.kind),
        origin=CardRef(row.origin),
        ground=None if row.ground is None else FreezeGround(row.ground),
        placed=row.placed,
        placed_by=row.placed_by,
        placed_person=row.placed_person,
        until=row.until,
        due=row.due,
        lifted=row.lifted,
        lifted_by=row.lifted_by,
        lifted_person=row.lifted_person,
    )


def of_hold(hold: Hold) -> Columns:
    """Table hold."""
    return {
        "ref": hold.ref,
        "card": hold.card,
        "carrier": hold.carrier,
        "kind": hold.kind.value,
        "origin": hold.origin,
        "ground": hold.ground and hold.ground.value,
        "placed": hold.placed,
        "placed_by": hold.placed_by,
        "placed_person": hold.placed_person,
        "until": hold.until,
        "due": hold.due,
        "lifted": hold.lifted,
        "lifted_by": hold.lifted_by,
        "lifted_person": hold.lifted_person,
    }


def credential_of(row: SqlRow) -> CredentialRow:
    """Table credential."""
    return CredentialRow(
        ref=CredentialRef(row.ref),
        card=CardRef(row.card),
        carrier=CarrierRef(row.carrier),
        region=row.region,
        sub=row.sub,
        profile=Profile(row.profile),
        status=StatusRef(row.uri, row.idx),
        cnf=row.cnf,
        kid=row.kid,
        iat=row.iat,
        exp=row.exp,
        revision=row.revision,
        state=CredentialState(row.state),
        written=row.written,
        ready=row.ready,
        digest=row.digest,
    )


def of_credential(credential: CredentialRow) -> Columns:
    """Table credential."""
    return {
        "ref": credential.ref,
        "card": credential.card,
        "carrier": credential.carrier,
        "region": credential.region,
        "sub": credential.sub,
        "profile": int(credential.profile),
        "uri": credential.status.uri,
        "idx": credential.status.idx,
        "cnf": credential.cnf,
        "kid": credential.kid,
        "iat": credential.iat,
        "exp": credential.exp,
        "revision": credential.revision,
        "state": credential.state.value,
        "written": credential.written,
        "ready": credential.ready,
        "digest": credential.digest,
    }


def event_of(row: SqlRow) -> CardEvent:
    """Table card_event."""
    return CardEvent(
        card=CardRef(row.card),
        seq=row.seq,
        at=row.at,
        command=row.command,
        actor=row.actor,
        person=row.person,
        role=Role(row.role),
        purpose=row.purpose,
        articles=tuple(row.articles.split()),
        before=row.before,
        after=row.after,
        previous=row.previous,
        hash=row.hash,
        form=row.form,
        evidence=None if row.evidence is None else tuple(row.evidence.split()),
    )


def access_of(row: SqlRow) -> Access:
    """Table vault_access."""
    return Access(
        holder=HolderRef(row.holder),
        seq=row.seq,
        at=row.at,
        actor=row.actor,
        person=row.person,
        role=Role(row.role),
        purpose=row.purpose,
        fields=tuple(row.fields.split()),
        previous=row.previous,
        hash=row.hash,
    )


def of_event(event: CardEvent) -> Columns:
    """Table card_event."""
    return {
        "card": event.card,
        "seq": event.seq,
        "at": event.at,
        "command": event.command,
        "actor": event.actor,
        "person": event.person,
        "role": event.role.value,
        "purpose": event.purpose,
        "articles": " ".join(event.articles),
        "before": event.before,
        "after": event.after,
        "previous": event.previous,
        "hash": event.hash,
        "form": event.form,
        "evidence": None if event.evidence is None else " ".join(event.evidence),
    }
