"""Steps 1, 4 and 7: what a signature may look like, and whose it must be."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from codes.claims import AUD, CNF, IAT, Audience
from codes.keys import CRV, EC2, KTY, ORDER, P256, CoseKey, X, Y
from codes.reasons import Reason
from webapp.pack import forge
from webapp.pack.case import because
from webapp.pack.cases.family import MALFORMED, NOT_CANONICAL, one
from webapp.pack.places import NOW, SC

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from codes.keys import Signer
    from webapp.pack.case import Case
    from webapp.pack.city import City

_FORM = "FORMATS 1 Strictness: low-S, r and s in range"
_ISSUER = because(Reason.ISSUER_SIGNATURE, 4)
_HOLDER = because(Reason.HOLDER_SIGNATURE, 7)
_FIELD = 0xFFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFF
"""The prime of P-256's field."""


class Signing:
    """A `Signer` that signs something else than it is given: what a careless program would do."""

    __slots__ = ("_instead", "_signer", "public_key")

    def __init__(self, signer: Signer, instead: Callable[[bytes], bytes]) -> None:
        self._signer = signer
        self._instead = instead
        self.public_key: CoseKey = signer.public_key

    def sign(self, message: bytes) -> bytes:
        """A right signature over the wrong message."""
        return self._signer.sign(self._instead(message))


def cases(city: City) -> Iterator[Case]:
    """Form first, then the issuer's, then the holder's."""
    for name, change, comment in _SHAPES:
        for layer in ("code", "credential"):
            draft = city.draft(f"{layer} signature {name}")
            changed = draft.with_outer(after_signing=change) if layer == "code" else draft.with_inner(after_signing=change)
            answer = NOT_CANONICAL if name == "high_s" else MALFORMED
            yield one(f"{layer}_signature_{name}", changed, answer, spec=_FORM, comment=comment)
    yield from _issuers(city)
    yield from _holders(city)


def _nothing(_signature: bytes) -> bytes:
    return b""


def _high_s(signature: bytes) -> bytes:
    return signature[:32] + (ORDER - int.from_bytes(signature[32:])).to_bytes(32)


def _der(signature: bytes) -> bytes:
    return b"\x30\x44\x02\x20" + signature[:32] + b"\x02\x20" + signature[32:]


_SHAPES: tuple[tuple[str, Callable[[bytes], bytes], str], ...] = (
    ("high_s", _high_s, "The malleable twin: it verifies, and would be a second text for one code."),
    ("r_zero", lambda made: bytes(32) + made[32:], "r is 1 to n - 1."),
    ("s_zero", lambda made: made[:32] + bytes(32), "s is 1 to n - 1."),
    ("all_zero", lambda _made: bytes(64), "A signature that some libraries once accepted for every message."),
    ("r_equal_to_n", lambda made: ORDER.to_bytes(32) + made[32:], "r is 1 to n - 1."),
    ("s_equal_to_n", lambda made: made[:32] + ORDER.to_bytes(32), "s is 1 to n - 1."),
    ("r_all_ones", lambda made: b"\xff" * 32 + made[32:], "r is 1 to n - 1."),
    ("of_63_bytes", lambda made: made[:-1], "r and s, 32 bytes each."),
    ("of_65_bytes", lambda made: made + b"\x00", "r and s, 32 bytes each."),
    ("in_der", _der, "r and s side by side, not in DER."),
)


def _flipped(place: int) -> Callable[[bytes], bytes]:
    """One bit changed where both numbers stay in range: the lowest byte of r (31) or of s (63)."""

    def change(signature: bytes) -> bytes:
        return signature[:place] + bytes((signature[place] ^ 1,)) + signature[place + 1 :]

    return change


def _other_context(message: bytes) -> bytes:
    return message.replace(b"\x6aSignature1", b"\x69Signature", 1)


def _with_external_data(message: bytes) -> bytes:
    """The empty external data stands right after the protected header."""
    protected_size = int.from_bytes(message[13:15]) if message[12] == 0x59 else message[13] if message[12] == 0x58 else message[12] & 0x1F
    at = 12 + (3 if message[12] == 0x59 else 2 if message[12] == 0x58 else 1) + protected_size
    return message[:at] + forge.write(b"metro") + message[at + 1 :]


_INSTEAD: tuple[tuple[str, Callable[[bytes], bytes], str], ...] = (
    ("over_another_context", _other_context, "The context is Signature1."),
    ("with_external_data", _with_external_data, "External data is empty."),
    ("over_nothing", lambda _message: b"", "A signature is over this message."),
)


def _issuers(city: City) -> Iterator[Case]:
    spec = "FORMATS 2 step 4"
    draft = city.draft("issuer signature stripped").with_inner(after_signing=_nothing)
    yield one("issuer_signature_stripped", draft, _ISSUER, spec=spec, comment="Absent is forged, never unsigned.")
    stranger, sichuan = city.issuing["stranger"].signer, city.issuing[SC].signer
    for name, change in (("bit_of_r_changed", _flipped(31)), ("bit_of_s_changed", _flipped(63))):
        draft = city.draft(f"issuer {name}").with_inner(after_signing=change)
        yield one(f"issuer_signature_{name}", draft, _ISSUER, spec=spec, comment="One bit.")
    for name, instead, comment in _INSTEAD:
        draft = city.draft(f"issuer {name}")
        yield one(f"issuer_signature_{name}", replace(draft, issuer=Signing(draft.issuer, instead)), _ISSUER, spec=spec, comment=comment)
    draft = city.draft("stranger under our kid")
    yield one(
        "issuer_key_of_a_stranger_under_a_trusted_kid", replace(draft, issuer=stranger), _ISSUER, spec=spec, comment="A kid is a hint, never proof."
    )
    draft = city.draft("sichuan under our kid")
    comment = "A trusted key of the other region, under this region's name and kid."
    yield one("issuer_key_of_the_other_region", replace(draft, issuer=sichuan), _ISSUER, spec=spec, comment=comment)
    draft = city.draft("signed by its holder")
    yield one("credential_signed_by_its_holder", replace(draft, issuer=draft.holder), _ISSUER, spec=spec, comment="A resident signs for nobody.")
    draft = city.draft("kid of a sister key")
    lying = draft.with_inner(headers=forge.credential_headers(city.issuing["general only"].kid))
    comment = "The kid names another trusted key of the same region: that key is tried, and no other."
    yield one("issuer_kid_of_a_sister_key", lying, _ISSUER, spec=spec, comment=comment)
    draft = city.draft("fare raised")
    raised, honest = city.draft("fare raised", fare=3), draft.credential()
    grafted = raised.with_inner(after_signing=lambda _made: honest[-64:])
    yield one("issuer_signature_of_another_credential", grafted, _ISSUER, spec=spec, comment="A free fare written over a bought signature.")


def _holders(city: City) -> Iterator[Case]:
    spec = "FORMATS 2 step 7"
    draft = city.draft("holder signature stripped").with_outer(after_signing=_nothing)
    yield one("holder_signature_stripped", draft, _HOLDER, spec=spec, comment="Absent is forged, never unsigned.")
    for name, change in (("bit_of_r_changed", _flipped(31)), ("bit_of_s_changed", _flipped(63))):
        draft = city.draft(f"holder {name}").with_outer(after_signing=change)
        yield one(f"holder_signature_{name}", draft, _HOLDER, spec=spec, comment="One bit.")
    for name, instead, comment in _INSTEAD:
        draft = city.draft(f"holder {name}")
        yield one(f"holder_signature_{name}", replace(draft, holder=Signing(draft.holder, instead)), _HOLDER, spec=spec, comment=comment)
    draft, other = city.draft("other phone"), city.draft("other phone, the other")
    yield one("holder_key_of_another_phone", replace(draft, holder=other.holder), _HOLDER, spec=spec, comment="A stolen credential without its key.")
    yield one("holder_key_of_the_issuer", replace(draft, holder=draft.issuer), _HOLDER, spec=spec, comment="An issuer's key is no holder's.")
    made = draft.code()[-64:]
    comment = "A true credential of somebody else put into a signed code: the signature covers the credential."
    replaced = replace(other, holder=draft.holder).with_outer(after_signing=lambda _made: made)
    yield one("credential_replaced_after_signing", replaced, _HOLDER, spec=spec, comment=comment)
    draft = city.draft("time changed", made=NOW - 600)
    made_before = draft.code()[-64:]
    later = draft.with_code_claim(IAT, NOW).with_outer(after_signing=lambda _made: made_before)
    yield one("code_time_changed_after_signing", later, _HOLDER, spec=spec, comment="An old screenshot with a fresh time written over it.")
    draft = city.draft("audience changed")
    made_general = draft.code()[-64:]
    widened = draft.with_code_claim(AUD, str(Audience.IDENTITY)).with_outer(after_signing=lambda _made: made_general)
    yield one(
        "code_audience_changed_after_signing", widened, _HOLDER, spec=spec, comment="Forged before it is of the wrong scene: step 7 comes before 8."
    )
    yield from _points(city, spec)


def _points(city: City, spec: str) -> Iterator[Case]:
    draft = city.draft("other half")
    key = draft.holder.public_key
    for name, x, odd, comment in (
        ("with_the_other_y", key.x, not key.y_is_odd, "The point's mirror image is another key."),
        ("off_the_curve", _no_point(), False, "No point has this x: issued in error, it can verify nothing."),
        ("with_x_above_the_field", (_FIELD + 5).to_bytes(32), False, "An x is below the field's prime, or one point would have two names."),
        ("with_x_zero", bytes(32), True, "A point of the curve, and nobody's key."),
    ):
        shown = city.draft(f"point {name}").with_claim(CNF, ((1, ((KTY, EC2), (CRV, P256), (X, x), (Y, odd))),))
        yield one(f"holder_key_{name}", replace(shown, holder=draft.holder), _HOLDER, spec=spec, comment=comment)


def _no_point() -> bytes:
    """The smallest x that has no point: x^3 - 3x + b is no square."""
    b = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
    x = next(x for x in range(1, 100) if pow(x**3 - 3 * x + b, (_FIELD - 1) // 2, _FIELD) != 1)
    return x.to_bytes(32)
