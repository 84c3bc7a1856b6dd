"""Step 1, COSE: headers and shapes of both signed objects (RFC 9052), narrowed to one form."""

from __future__ import annotations

from typing import TYPE_CHECKING

from codes.cose import ALG, ESP256, KCWT, KID, TYP
from codes.credential import TYP_SD_CWT
from codes.presentation import TYP_KB_CWT
from webapp.pack import forge
from webapp.pack.cases.family import MALFORMED, NOT_CANONICAL, one
from webapp.pack.forge import CREDENTIAL, Draft, Item, Raw, drop, put, write

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from webapp.pack.case import Case
    from webapp.pack.city import City

_SPEC = "FORMATS 1"
_ES256, _EDDSA = -7, -8


def cases(city: City) -> Iterator[Case]:
    """What may stand in a header, and where."""
    for name, change, comment in _NOT_CANONICAL:
        yield one(name, change(city.draft(name)), NOT_CANONICAL, spec=_SPEC, comment=comment)
    for name, change, comment in _MALFORMED:
        yield one(name, change(city.draft(name)), MALFORMED, spec=_SPEC, comment=comment)
    draft = city.draft("credential alone")
    yield one(
        "credential_without_code",
        forge.to_text(draft.credential()),
        MALFORMED,
        spec="FORMATS 1 and 2 step 7",
        comment="The issuer's object shown alone, the phone's signature stripped: another type, never an unsigned code.",
    )
    yield one(
        "code_inside_a_code",
        draft.with_outer(headers=put(draft.outer.headers, KCWT, Raw(draft.code()))),
        MALFORMED,
        spec=_SPEC,
        comment="Where the credential stands, nothing else does.",
    )


def _code_header(key: Item, item: Item) -> Callable[[Draft], Draft]:
    return lambda draft: draft.with_outer(headers=put(draft.outer.headers, key, item))


def _header(key: Item, item: Item) -> Callable[[Draft], Draft]:
    return lambda draft: draft.with_inner(headers=put(draft.inner.headers, key, item))


def _without_code_header(key: Item) -> Callable[[Draft], Draft]:
    return lambda draft: draft.with_outer(headers=drop(draft.outer.headers, key))


def _without_header(key: Item) -> Callable[[Draft], Draft]:
    return lambda draft: draft.with_inner(headers=drop(draft.inner.headers, key))


def _header_as_map(protected: bytes, unprotected: bytes, payload: bytes, signature: bytes) -> bytes:
    return b"\xd2\x84" + protected + unprotected + write(payload) + write(signature)


_Cases = tuple[tuple[str, "Callable[[Draft], Draft]", str], ...]

_NOT_CANONICAL: _Cases = (
    (
        "code_unprotected_kid",
        lambda draft: draft.with_outer(unprotected=write(((KID, bytes(8)),))),
        "Nothing unsigned travels: the second map is a0.",
    ),
    (
        "code_unprotected_junk",
        lambda draft: draft.with_outer(unprotected=write(((-70000, b"junk"),))),
        "Unsigned bytes would give one code many texts.",
    ),
    ("code_unprotected_an_array", lambda draft: draft.with_outer(unprotected=b"\x80"), "Empty, but not a map."),
    ("code_unprotected_in_two_bytes", lambda draft: draft.with_outer(unprotected=b"\xb8\x00"), "The empty map has one form."),
    ("code_unprotected_of_indefinite_length", lambda draft: draft.with_outer(unprotected=b"\xbf\xff"), "The empty map has one form."),
    ("credential_unprotected_kid", lambda draft: draft.with_inner(unprotected=write(((KID, bytes(8)),))), "The same for the credential."),
    ("credential_unprotected_disclosures", lambda draft: draft.with_inner(unprotected=write(((17, [b"salted"]),))), "No selective disclosures here."),
    ("code_header_kid", _code_header(KID, bytes(8)), "A code's key is named by its credential."),
    ("code_header_critical", _code_header(2, [100]), "An unknown critical header is refused, a known one is not used."),
    ("code_header_content_type", _code_header(3, 61), "Not in the list of headers."),
    ("code_header_private", _code_header(-70000, 1), "Not in the list of headers."),
    ("code_header_without_credential", _without_code_header(KCWT), "A code carries its credential."),
    ("code_algorithm_es256", _code_header(ALG, _ES256), "ESP256 alone, although the signature would verify."),
    ("code_algorithm_eddsa", _code_header(ALG, _EDDSA), "ESP256 alone."),
    ("code_algorithm_as_text", _code_header(ALG, "ESP256"), "The number, not the name."),
    ("code_header_an_array", lambda draft: draft.with_outer(headers=(), protected=write([ALG, ESP256])), "Not the list of headers: no map at all."),
    ("code_algorithm_missing", _without_code_header(ALG), "An algorithm is named."),
    ("credential_header_critical", _header(2, [100]), "An unknown critical header is refused."),
    ("credential_header_certificate", _header(33, b"certificate"), "No certificate chain: trust comes from the trust list."),
    ("credential_header_kid_missing", _without_header(KID), "The issuer's key is named."),
    ("credential_header_kid_of_7_bytes", _header(KID, bytes(7)), "A kid has eight bytes."),
    ("credential_header_kid_of_9_bytes", _header(KID, bytes(9)), "A kid has eight bytes."),
    ("credential_header_kid_as_text", _header(KID, "12345678"), "A kid is a byte string."),
    ("credential_algorithm_es256", _header(ALG, _ES256), "ESP256 alone, although the signature would verify."),
    ("credential_algorithm_missing", _without_header(ALG), "An algorithm is named."),
)

_MALFORMED: _Cases = (
    ("code_type_of_a_credential", _code_header(TYP, TYP_SD_CWT), "One kind of object never passes for another."),
    ("code_type_missing", _without_code_header(TYP), "The type is named."),
    ("code_type_as_text", _code_header(TYP, "application/kb+cwt"), "The number, not the name."),
    ("code_header_not_wrapped", lambda draft: draft.with_outer(frame=_header_as_map), "The protected header is a byte string."),
    ("credential_type_of_a_code", _header(TYP, TYP_KB_CWT), "One kind of object never passes for another."),
    ("credential_type_missing", _without_header(TYP), "The type is named."),
    ("credential_type_of_a_status_list", _header(TYP, "application/statuslist+cwt"), "One kind of object never passes for another."),
    (
        "credential_as_byte_string",
        lambda draft: draft.with_outer(headers=put(draft.outer.headers, KCWT, draft.credential())),
        "The credential stands in the header as it is, not wrapped.",
    ),
    (
        "credential_an_integer",
        lambda draft: draft.with_outer(headers=put(draft.outer.headers, KCWT, 7)),
        "Where the credential stands, nothing else does.",
    ),
    (
        "code_headers_of_both_kinds",
        lambda draft: draft.with_outer(headers=((ALG, ESP256), (KID, bytes(8)), (KCWT, CREDENTIAL), (TYP, TYP_SD_CWT))),
        "The type decides, and it is not a code's.",
    ),
)
