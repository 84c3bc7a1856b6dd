"""The phone asks the office for credentials, over a network or at a counter: the one moment at which it needs either."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ecard import NoncePurpose
from webapp.demo.places import CQ

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from codes.claims import Profile
    from ecard import CardRef, CarrierRef
    from webapp.demo.city import City
    from webapp.demo.phone import Phone


def renew(city: City, card: CardRef, phone: Phone, carrier: CarrierRef, profiles: Sequence[Profile], *, at: datetime) -> None:
    """Give the phone one fresh credential of each profile. Raises as `CardOffice.renew_credentials`."""
    nonce = city.office.nonce(card, NoncePurpose.RENEW, at=at)
    renewal = phone.ask(profiles, nonce.value, region=CQ, at=at)
    credentials = city.office.renew_credentials(carrier, nonce=nonce.value, proof=renewal.proof, requests=renewal.requests, at=at)
    phone.keep(credentials, renewal)
