"""Two defects in one text: the step that comes first answers. Cheap before dear, and no byte is believed before its signature."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from codes.claims import IAT, Profile, StatusType
from codes.keys import ORDER
from codes.reasons import Reason
from webapp.pack.case import because
from webapp.pack.cases.family import one
from webapp.pack.places import CQ, DAY, LISTED, NOW, PUBLISHED, TRUST_ENDS, UNKNOWN_FARE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from codes.keys import Signer
    from webapp.pack.case import Case, Expect
    from webapp.pack.city import City
    from webapp.pack.forge import Draft

_OLD = NOW - 9 * DAY


def cases(city: City) -> Iterator[Case]:
    """Named first_before_second: the first answers."""
    wrong = city.issuing["stranger"].signer
    for name, draft, expect, scene in _pairs(city, wrong):
        yield one(f"order_{name}", draft, expect, spec="FORMATS 2, order", comment="The earlier step answers.", scene=scene)
    draft = city.draft("order clock and trust", made=NOW)
    early = PUBLISHED - 3600
    yield one(
        "order_clock_before_form",
        "SC1:lower case",
        because(Reason.CLOCK_UNTRUSTED, -1),
        spec="FORMATS 2, order",
        comment="Not even its form is looked at.",
        at=early,
    )
    yield one(
        "order_trust_before_issuer_signature",
        replace(draft, issuer=wrong),
        because(Reason.TRUST_STALE, -1),
        spec="FORMATS 2, order",
        comment="A forged code, and a terminal that cannot know.",
        at=TRUST_ENDS,
    )
    at = LISTED + 259_201
    draft = city.draft("order stale and fare", fare=UNKNOWN_FARE, made=at)
    yield one(
        "order_status_age_before_fare",
        draft,
        because(Reason.STATUS_STALE, 10),
        spec="FORMATS 2, order",
        comment="Doubt about the card comes before the rule of the place.",
        at=at,
    )


def _pairs(city: City, wrong: Signer) -> Iterator[tuple[str, Draft, Expect, str]]:
    form, scope = because(Reason.NOT_CANONICAL, 1), because(Reason.ISSUER_OUT_OF_SCOPE, 3)
    issuer, holder = because(Reason.ISSUER_SIGNATURE, 4), because(Reason.HOLDER_SIGNATURE, 7)

    def high(signature: bytes) -> bytes:
        return signature[:32] + (ORDER - int.from_bytes(signature[32:])).to_bytes(32)

    draft = city.draft("order high s and unknown", issuer="stranger").with_outer(after_signing=high)
    yield "form_before_issuer", draft, form, "metro"
    draft = city.draft("order unknown and expired", issuer="stranger", iat=_OLD)
    yield "issuer_before_credential_time", replace(draft, holder=wrong), because(Reason.UNKNOWN_ISSUER, 2), "metro"
    draft = city.draft("order scope and signature", issuer="ended")
    yield "scope_before_issuer_signature", replace(draft, issuer=wrong), scope, "metro"
    draft = city.draft("order max_age and code", max_age=61, made=NOW - DAY)
    yield "scope_before_window", draft, scope, "metro"
    draft = city.draft("order signature and recognition")
    yield "issuer_signature_before_recognition", replace(draft, issuer=wrong), issuer, "park"
    draft = city.draft("order signature and expiry", iat=_OLD)
    yield "issuer_signature_before_credential_time", replace(draft, issuer=wrong), issuer, "metro"
    draft = city.draft("order signature and status", status=StatusType.INVALID)
    yield "issuer_signature_before_status", replace(draft, issuer=wrong), issuer, "metro"
    draft = city.draft("order both signatures")
    yield "issuer_signature_before_holder_signature", replace(draft, issuer=wrong, holder=wrong), issuer, "metro"
    draft = city.draft("order recognition and expiry", iat=_OLD)
    yield "recognition_before_credential_time", draft, because(Reason.NOT_RECOGNISED_HERE, 5), "park"
    draft = city.draft("order expiry and holder", iat=_OLD)
    yield "credential_time_before_holder_signature", replace(draft, holder=wrong), because(Reason.CREDENTIAL_EXPIRED, 6), "metro"
    draft = city.draft("order not yet and future", iat=NOW + DAY, made=NOW + DAY)
    yield "credential_time_before_window", draft, because(Reason.CREDENTIAL_NOT_YET_VALID, 6), "metro"
    draft = city.draft("order holder and scene", profile=Profile.IDENTITY)
    yield "holder_signature_before_audience", replace(draft, holder=wrong), holder, "metro"
    draft = city.draft("order holder and window", made=NOW - DAY)
    yield "holder_signature_before_window", replace(draft, holder=wrong), holder, "metro"
    draft = city.draft("order holder and status", status=StatusType.SUSPENDED)
    yield "holder_signature_before_status", replace(draft, holder=wrong), holder, "metro"
    draft = city.draft("order scene and window", profile=Profile.IDENTITY, made=NOW - DAY)
    yield "audience_before_window", draft, because(Reason.WRONG_SCENE, 8), "metro"
    draft = city.draft("order audience and challenge", profile=Profile.IDENTITY, cnonce=bytes(16))
    yield "audience_before_challenge", draft, because(Reason.WRONG_SCENE, 8), "metro"
    draft = city.draft("order challenge and window", cnonce=bytes(16), made=NOW - DAY)
    yield "challenge_before_window", draft, because(Reason.CHALLENGE_MISMATCH, 8), "metro"
    draft = city.draft("order window and status", status=StatusType.SUSPENDED, made=NOW - DAY)
    yield "window_before_status", draft, because(Reason.CODE_EXPIRED, 9), "metro"
    draft = city.draft("order future and fare", fare=UNKNOWN_FARE).with_code_claim(IAT, NOW + 240)
    yield "window_before_fare", draft, because(Reason.CODE_FROM_FUTURE, 9), "metro"
    draft = city.draft("order status and fare", status=StatusType.FROZEN, fare=UNKNOWN_FARE)
    yield "status_before_fare", draft, because(Reason.FROZEN, 10), "metro"
    draft = city.draft("order status and delegate", issuer=CQ, profile=Profile.DELEGATE, status=StatusType.INVALID)
    yield "status_before_delegate", draft, because(Reason.REVOKED, 10), "metro"
