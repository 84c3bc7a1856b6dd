"""Step 1, CBOR: every way to write a value differently, over real signatures, in the code and in the credential inside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from codes.claims import AUD, CARD, CNF, EXP, IAT, ISS, STATUS
from codes.cose import ALG, ESP256, KID, TYP
from codes.presentation import TYP_KB_CWT
from webapp.pack import forge
from webapp.pack.cases.family import MALFORMED, NOT_CANONICAL, one
from webapp.pack.forge import CREDENTIAL, Raw, head, write
from webapp.pack.places import NOW

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from webapp.pack.case import Case
    from webapp.pack.city import City
    from webapp.pack.forge import Draft, Item, Pairs

_SPEC = "FORMATS 1 Strictness"
_BREAK = b"\xff"


def cases(city: City) -> Iterator[Case]:
    """Each defect in the code's payload first, then where else it can hide."""
    for name, change, comment in _PAYLOADS:
        draft = city.draft(f"payload {name}")
        yield one(f"cbor_{name}", draft.with_outer(payload=change(draft.outer.claims)), NOT_CANONICAL, spec=_SPEC, comment=comment)
    for name, item, comment in _TIMES:
        yield one(f"cbor_{name}", city.draft(f"time {name}").with_code_claim(IAT, item), NOT_CANONICAL, spec=_SPEC, comment=comment)
    for name, change_draft, comment in _ELSEWHERE:
        yield one(f"cbor_{name}", change_draft(city.draft(f"elsewhere {name}")), NOT_CANONICAL, spec=_SPEC, comment=comment)
    for name, change_draft, comment in _BROKEN:
        yield one(f"cbor_{name}", change_draft(city.draft(f"broken {name}")), MALFORMED, spec=_SPEC, comment=comment)


def _map(count: int, *parts: bytes) -> bytes:
    return head(5, count) + b"".join(parts)


def _indefinite_map(claims: Pairs) -> bytes:
    return b"\xbf" + forge.entries(claims) + _BREAK


def _twice(claims: Pairs) -> bytes:
    return write((*claims, claims[-1]))


_PAYLOADS: tuple[tuple[str, Callable[[Pairs], bytes], str], ...] = (
    ("map_of_indefinite_length", _indefinite_map, "Definite lengths only."),
    ("map_head_too_long", lambda claims: head(5, len(claims), width=1) + forge.entries(claims), "Shortest lengths only."),
    ("keys_out_of_order", lambda claims: write(claims[::-1]), "Keys are sorted bytewise."),
    ("key_repeated", _twice, "The same claim twice, with the same value."),
    ("key_repeated_with_another_value", lambda claims: write((*claims, (IAT, NOW + 1))), "Which of the two is meant would depend on the reader."),
    ("key_of_bytes", lambda claims: write((*claims, (b"\x06", NOW))), "A key is an integer."),
    ("key_true", lambda claims: write((*claims, (True, NOW))), "In some languages 1 and true are one key."),
    ("key_float", lambda claims: write((*claims, (Raw(b"\xf9\x46\x00"), NOW))), "6.0 is not 6."),
    ("key_array", lambda claims: write((*claims, ([6], NOW))), "A key is an integer."),
    (
        "key_longer_than_needed",
        lambda claims: _map(2, forge.entries(claims[:1]), head(0, IAT, width=1), write(claims[1][1])),
        "Shortest integers only.",
    ),
    ("byte_after_payload", lambda claims: write(claims) + b"\x00", "Nothing follows the item."),
    ("second_map_after_payload", lambda claims: write(claims) * 2, "Nothing follows the item, not even itself."),
    ("payload_under_tag_61", lambda claims: b"\xd8\x3d" + write(claims), "No tag but 18."),
    ("text_in_chunks", lambda claims: _map(2, write(AUD), b"\x7f", write("gene"), write("ral"), _BREAK, forge.entries(claims[1:])), "No chunks."),
    (
        "text_length_too_long",
        lambda claims: _map(2, write(AUD), head(3, 7, width=1), b"general", forge.entries(claims[1:])),
        "Shortest lengths only.",
    ),
    ("nested_nine_deep", lambda claims: write(forge.put(claims, AUD, _nest(8))), "At most eight levels: the map is the first."),
    ("nested_three_hundred_deep", lambda claims: write(forge.put(claims, AUD, _nest(300))), "A reader that recurses must stop by itself."),
)

_TIMES: tuple[tuple[str, Item, str], ...] = (
    ("integer_in_eight_bytes", Raw(head(0, NOW, width=8)), "Shortest integers only."),
    ("integer_as_float", Raw(b"\xfb\x41\xda\xc0\x00\x00\x00\x00\x00"), "No floats, whole or not."),
    ("half_float", Raw(b"\xf9\x00\x00"), "No floats."),
    ("float_not_a_number", Raw(b"\xf9\x7e\x00"), "No floats."),
    ("integer_as_bignum", Raw(b"\xc2\x44\x6b\x00\x00\x00"), "No tag but 18: a bignum is a second way to write an integer."),
    ("date_under_tag_1", Raw(b"\xc1" + write(NOW)), "No tag but 18."),
    ("date_as_tagged_text", Raw(b"\xc0" + write("2026-11-21T08:00:00Z")), "No tag but 18."),
    ("shared_reference", Raw(b"\xd8\x1c" + write(NOW)), "No tag with a side effect."),
    ("null", Raw(b"\xf6"), "True and false are the only simple values."),
    ("undefined", Raw(b"\xf7"), "True and false are the only simple values."),
    ("simple_value_32", Raw(b"\xf8\x20"), "True and false are the only simple values."),
    ("false_in_two_bytes", Raw(b"\xf8\x14"), "No second form of a simple value."),
    ("break_without_beginning", Raw(_BREAK), "Definite lengths only."),
)


def _nest(levels: int) -> Item:
    item: Item = []
    for _ in range(levels - 1):
        item = [item]
    return item


def _swapped_status(draft: Draft) -> Draft:
    entry = forge.members(forge.value(forge.members(forge.value(draft.inner.claims, STATUS)), "status_list"))
    return draft.with_claim(STATUS, (("status_list", entry[::-1]),))


def _swapped_key(draft: Draft) -> Draft:
    key = forge.members(forge.value(forge.members(forge.value(draft.inner.claims, CNF)), 1))
    return draft.with_claim(CNF, ((1, key[::-1]),))


def _frame(write_frame: Callable[[bytes, bytes, bytes, bytes], bytes], *, inner: bool = False) -> Callable[[Draft], Draft]:
    def change(draft: Draft) -> Draft:
        return draft.with_inner(frame=write_frame) if inner else draft.with_outer(frame=write_frame)

    return change


def _four(protected: bytes, unprotected: bytes, payload: bytes, signature: bytes) -> bytes:
    return write(protected) + unprotected + write(payload) + write(signature)


def _in_chunks(protected: bytes, unprotected: bytes, payload: bytes, signature: bytes) -> bytes:
    return b"\xd2\x84" + write(protected) + unprotected + b"\x5f" + write(payload[:5]) + write(payload[5:]) + _BREAK + write(signature)


def _long_signature_length(protected: bytes, unprotected: bytes, payload: bytes, signature: bytes) -> bytes:
    return b"\xd2\x84" + write(protected) + unprotected + write(payload) + head(2, 64, width=2) + signature


def _no_payload(protected: bytes, unprotected: bytes, _payload: bytes, signature: bytes) -> bytes:
    return b"\xd2\x84" + write(protected) + unprotected + b"\xf6" + write(signature)


_ELSEWHERE: tuple[tuple[str, Callable[[Draft], Draft], str], ...] = (
    (
        "code_array_of_indefinite_length",
        _frame(lambda *four: b"\xd2\x9f" + _four(*four) + _BREAK),
        "Definite lengths only, in the outermost array too.",
    ),
    ("code_array_head_too_long", _frame(lambda *four: b"\xd2\x98\x04" + _four(*four)), "Shortest lengths only."),
    ("code_tag_in_two_bytes", _frame(lambda *four: b"\xd8\x12\x84" + _four(*four)), "Tag 18 has one form."),
    ("code_under_tag_61", _frame(lambda *four: b"\xd8\x3d\xd2\x84" + _four(*four)), "The CWT tag is not used."),
    ("code_self_described", _frame(lambda *four: b"\xd9\xd9\xf7\xd2\x84" + _four(*four)), "Tag 55799 is not used."),
    ("code_as_mac0", _frame(lambda *four: b"\xd1\x84" + _four(*four)), "Tag 17 is another kind of object."),
    ("code_as_multi_signature", _frame(lambda *four: b"\xd8\x62\x84" + _four(*four)), "Tag 98 is another kind of object."),
    ("byte_after_code", _frame(lambda *four: b"\xd2\x84" + _four(*four) + b"\x00"), "Nothing follows the code."),
    ("payload_in_chunks", _frame(_in_chunks), "No chunks."),
    ("payload_null", _frame(_no_payload), "A detached payload is no payload; null is no value here."),
    ("signature_length_too_long", _frame(_long_signature_length), "Shortest lengths only."),
    (
        "header_out_of_order",
        lambda draft: draft.with_outer(headers=((TYP, TYP_KB_CWT), (ALG, ESP256), (13, CREDENTIAL))),
        "Keys are sorted bytewise in headers too.",
    ),
    (
        "header_repeated",
        lambda draft: draft.with_outer(headers=((ALG, ESP256), (ALG, ESP256), *draft.outer.headers[1:])),
        "Keys are unique in headers too.",
    ),
    (
        "byte_after_header",
        lambda draft: draft.with_inner(protected=write(draft.inner.headers) + b"\x00"),
        "Nothing follows the header of the credential.",
    ),
    (
        "algorithm_number_too_long",
        lambda draft: draft.with_inner(headers=forge.put(draft.inner.headers, ALG, Raw(head(1, ~ESP256, width=1)))),
        "Shortest negative integers too.",
    ),
    (
        "kid_length_too_long",
        lambda draft: draft.with_inner(headers=forge.put(draft.inner.headers, KID, Raw(head(2, 8, width=1) + bytes(8)))),
        "Shortest lengths only.",
    ),
    (
        "credential_payload_map_of_indefinite_length",
        lambda draft: draft.with_inner(payload=_indefinite_map(draft.inner.claims)),
        "Definite lengths only, under the issuer's signature too.",
    ),
    (
        "credential_keys_out_of_order",
        lambda draft: draft.with_inner(claims=draft.inner.claims[::-1]),
        "Sorted bytewise, whoever signed it.",
    ),
    (
        "credential_key_repeated",
        lambda draft: draft.with_inner(claims=forge.ordered((*draft.inner.claims, (EXP, NOW)))),
        "Two expiries; which counts would depend on the reader.",
    ),
    ("byte_after_credential_payload", lambda draft: draft.with_inner(payload=write(draft.inner.claims) + b"\xf4"), "Nothing follows the claims."),
    ("credential_under_tag_61", _frame(lambda *four: b"\xd8\x3d\xd2\x84" + _four(*four), inner=True), "The CWT tag is not used."),
    ("credential_array_of_indefinite_length", _frame(lambda *four: b"\xd2\x9f" + _four(*four) + _BREAK, inner=True), "Definite lengths only."),
    ("status_members_out_of_order", _swapped_status, "Text keys are sorted bytewise too."),
    ("holder_key_members_out_of_order", _swapped_key, "-1, -2, -3 in that order: their bytes rise."),
    ("credential_array_nested_nine_deep", lambda draft: draft.with_claim(CARD, _nest(8)), "At most eight levels."),
    ("credential_expiry_as_float", lambda draft: draft.with_claim(EXP, Raw(b"\xfb\x41\xda\xd0\x00\x00\x00\x00\x00")), "No floats."),
)

_BROKEN: tuple[tuple[str, Callable[[Draft], Draft], str], ...] = (
    ("code_without_tag", _frame(lambda *four: b"\x84" + _four(*four)), "A COSE_Sign1 stands under tag 18."),
    ("code_of_three_parts", _frame(lambda *four: b"\xd2\x83" + write(four[0]) + four[1] + write(four[2])), "A COSE_Sign1 has four parts."),
    ("code_of_five_parts", _frame(lambda *four: b"\xd2\x85" + _four(*four) + b"\x40"), "A COSE_Sign1 has four parts."),
    ("code_cut_short", _frame(lambda *four: b"\xd2\x84" + _four(*four)[:-1]), "The last byte of the signature is missing."),
    ("code_is_a_number", _frame(lambda *_four_parts: b"\x01"), "Canonical CBOR, and not a code."),
    ("byte_string_of_two_to_the_63", _frame(lambda *_four_parts: b"\xd2\x84\x5b\x80" + bytes(7)), "A claimed length allocates nothing."),
    ("array_of_two_to_the_32", _frame(lambda *_four_parts: b"\xd2\x9b\x00\x00\x00\x01" + bytes(4)), "A claimed length allocates nothing."),
    ("map_of_two_to_the_31", lambda draft: draft.with_outer(payload=b"\xba\x80\x00\x00\x00"), "A claimed length allocates nothing."),
    ("payload_empty", lambda draft: draft.with_outer(payload=b""), "No bytes are no map."),
    ("payload_an_array", lambda draft: draft.with_outer(payload=write([AUD, "general", IAT, NOW])), "Claims are a map."),
    ("reserved_length", lambda draft: draft.with_outer(payload=b"\xa2\x03\x7c"), "Additional information 28 to 30 means nothing."),
    ("text_not_utf8", lambda draft: draft.with_code_claim(AUD, Raw(b"\x67gener\xff\xfe")), "Text is UTF-8."),
    ("text_overlong_utf8", lambda draft: draft.with_code_claim(AUD, Raw(b"\x68gener\xc1\xa1l")), "A letter in two bytes where one would do."),
    ("text_with_surrogate", lambda draft: draft.with_code_claim(AUD, Raw(b"\x63\xed\xa0\x80")), "Half a surrogate pair is no character."),
    ("nested_eight_deep", lambda draft: draft.with_code_claim(AUD, _nest(7)), "Eight levels are read; an audience is still no array."),
    ("text_key_among_claims", lambda draft: draft.with_code_claim("iat", NOW), "Text keys stand inside status_list only."),
    ("credential_text_key_among_claims", lambda draft: draft.with_claim("iss", "CN-CQ"), "Text keys stand inside status_list only."),
    ("tag_18_around_a_claim", lambda draft: draft.with_claim(ISS, Raw(b"\xd2" + write("CN-CQ"))), "Tag 18 has its two places."),
    ("credential_header_empty", lambda draft: draft.with_inner(protected=b""), "No bytes are no map."),
    ("credential_payload_cut_short", lambda draft: draft.with_inner(payload=write(draft.inner.claims)[:-1]), "It ends before its last claim does."),
)
