"""Step 1, claims: the list of claims, their types and their ranges, in the credential and in the code."""

from __future__ import annotations

from typing import TYPE_CHECKING

from codes.claims import AUD, CARD, CNF, CNONCE, EXP, HOUR, IAT, ISS, NAME, STATUS, SUB, TAIL, Profile
from codes.keys import CRV, EC2, KTY, P256, X, Y
from webapp.pack import forge
from webapp.pack.case import accepted
from webapp.pack.cases.family import MALFORMED, one
from webapp.pack.places import DAY, NOW

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from webapp.pack.case import Case
    from webapp.pack.city import City
    from webapp.pack.forge import Draft, Item, Pairs

_SPEC = "FORMATS 1"
_CHALLENGE = bytes(range(16))


def cases(city: City) -> Iterator[Case]:
    """Missing, surplus, of another type, out of range."""
    for missing, name in ((ISS, "iss"), (SUB, "sub"), (EXP, "exp"), (IAT, "iat"), (CNF, "cnf"), (STATUS, "status"), (CARD, "card")):
        draft = city.draft(f"claim {name} missing")
        without = draft.with_inner(claims=forge.drop(draft.inner.claims, missing))
        yield one(f"claim_{name}_missing", without, MALFORMED, spec=_SPEC, comment="Every claim of the profile is there.")
    for name, key, item, comment in _VALUES:
        yield one(f"claim_{name}", city.draft(f"claim {name}").with_claim(key, item), MALFORMED, spec=_SPEC, comment=comment)
    for name, change_card, comment in _CARDS:
        draft = city.draft(f"card {name}")
        card = forge.value(draft.inner.claims, CARD)
        assert isinstance(card, list)  # noqa: S101 because the draft's card claim is the list that the city wrote
        yield one(f"claim_card_{name}", draft.with_claim(CARD, change_card(card)), MALFORMED, spec=_SPEC, comment=comment)
    for name, change_key, comment in _KEYS:
        draft = city.draft(f"key {name}")
        x = draft.holder.public_key.x
        yield one(f"claim_cnf_{name}", draft.with_claim(CNF, change_key(x)), MALFORMED, spec=_SPEC, comment=comment)
    yield from _identity(city)
    yield from _of_the_code(city)


_VALUES: tuple[tuple[str, Item, Item, str], ...] = (
    ("iss_in_lower_case", ISS, "cn-cq", "A region is written as ISO 3166-2 writes it."),
    ("iss_a_number", ISS, 50, "A region is text."),
    ("iss_empty", ISS, "", "A region is named."),
    ("sub_of_7_characters", SUB, "abcdefg", "Eight characters."),
    ("sub_of_9_characters", SUB, "abcdefghi", "Eight characters."),
    ("sub_outside_base64url", SUB, "abcd+/gh", "Base64url, not base64."),
    ("sub_bytes", SUB, b"abcdefgh", "Text, not bytes."),
    ("sub_full_width", SUB, "ａｂｃdefgh", "ASCII alone."),
    ("exp_off_the_hour", EXP, NOW + DAY + 1, "On the hour, so that it tells nothing about its holder."),
    ("exp_a_boolean", EXP, True, "In some languages true is 1."),
    ("exp_text", EXP, str(NOW + DAY), "A time is an integer."),
    ("exp_not_after_iat", EXP, NOW - DAY, "A life of nothing."),
    ("iat_off_the_hour", IAT, NOW - 60, "On the hour."),
    ("iat_negative", IAT, -HOUR, "Not before 1970."),
    ("status_empty", STATUS, (), "A credential without a status could never be stopped."),
    ("status_idx_missing", STATUS, (("status_list", (("uri", "sl:c4k2"),)),), "Both members are there."),
    ("status_uri_missing", STATUS, (("status_list", (("idx", 7),)),), "Both members are there."),
    ("status_idx_negative", STATUS, (("status_list", (("idx", -1), ("uri", "sl:c4k2"))),), "Some languages read index -1 from the end."),
    ("status_idx_text", STATUS, (("status_list", (("idx", "7"), ("uri", "sl:c4k2"))),), "An index is an integer."),
    ("status_idx_a_boolean", STATUS, (("status_list", (("idx", True), ("uri", "sl:c4k2"))),), "In some languages true is 1."),
    (
        "status_uri_a_web_address",
        STATUS,
        (("status_list", (("idx", 7), ("uri", "https://a.b/c"))),),
        "Offline: lists have short names, not addresses.",
    ),
    ("status_uri_a_path", STATUS, (("status_list", (("idx", 7), ("uri", "sl:../c4k2"))),), "A list's name is never part of a path."),
    ("status_uri_in_upper_case", STATUS, (("status_list", (("idx", 7), ("uri", "SL:C4K2"))),), "A list has one name."),
    ("status_with_a_third_member", STATUS, (("status_list", (("idx", 7), ("uri", "sl:c4k2"), ("bits", 2))),), "These two members alone."),
    ("status_by_number", STATUS, ((1, (("idx", 7), ("uri", "sl:c4k2"))),), "The member's name is status_list."),
    ("not_before", 5, NOW - DAY, "Not in the list of claims."),
    ("subject_confirmation_nonce", CNONCE, _CHALLENGE, "A challenge is answered in the code, not in the credential."),
    ("private_unknown", -65540, 1, "An unknown private claim is refused."),
    ("full_name", -65541, "某某某", "No code ever carries a full name: there is no claim for it."),
    ("name_in_a_general_credential", NAME, "王*芳", "A general credential names nobody."),
    ("name_without_tail_for_general", TAIL, "012X", "A general credential carries no part of a number."),
)

_CARDS: tuple[tuple[str, Callable[[list[Item]], Item], str], ...] = (
    ("of_3_parts", lambda card: card[:3], "Four parts."),
    ("of_5_parts", lambda card: [*card, 0], "Four parts."),
    ("a_map", lambda card: ((1, card[0]),), "An array."),
    ("tag_of_7_bytes", lambda card: [bytes(7), *card[1:]], "Eight bytes."),
    ("tag_as_text", lambda card: ["12345678", *card[1:]], "Bytes, not text."),
    ("max_age_0", lambda card: [card[0], 0, *card[2:]], "A code that lives for nothing."),
    ("max_age_negative", lambda card: [card[0], -30, *card[2:]], "Longer than nothing."),
    ("max_age_above_an_hour", lambda card: [card[0], 3601, *card[2:]], "The format ends at an hour; keys and scenes narrow it."),
    ("max_age_a_boolean", lambda card: [card[0], True, *card[2:]], "In some languages true is 1."),
    ("profile_0", lambda card: [*card[:2], 0, card[3]], "Profiles are 1 to 4."),
    ("profile_5", lambda card: [*card[:2], 5, card[3]], "A profile that this version does not know."),
    ("profile_as_text", lambda card: [*card[:2], "1", card[3]], "A number."),
    ("fare_8", lambda card: [*card[:3], 8], "Classes are 0 to 7."),
    ("fare_negative", lambda card: [*card[:3], -1], "Classes are 0 to 7."),
    ("fare_a_boolean", lambda card: [*card[:3], False], "In some languages false is 0."),
    ("profile_2_without_name", lambda card: [*card[:2], int(Profile.IDENTITY), card[3]], "An identity credential has its name and tail."),
    ("profile_3_in_a_code", lambda card: [*card[:2], int(Profile.CHIP), card[3]], "A chip's credential is shown by the chip alone."),
)

_KEYS: tuple[tuple[str, Callable[[bytes], Pairs], str], ...] = (
    ("empty", lambda _x: (), "A holder key is named."),
    ("by_kid", lambda x: ((3, x[:8]),), "The key itself, not its name."),
    ("with_a_second_member", lambda x: ((1, _key(x)), (3, x[:8])), "The key and nothing else."),
    ("key_not_compressed", lambda x: ((1, ((KTY, EC2), (CRV, P256), (X, x), (Y, x))),), "The y coordinate is a sign."),
    ("key_x_of_31_bytes", lambda x: ((1, ((KTY, EC2), (CRV, P256), (X, x[1:]), (Y, True))),), "Thirty-two bytes, zeros in front included."),
    ("key_x_of_33_bytes", lambda x: ((1, ((KTY, EC2), (CRV, P256), (X, b"\x02" + x), (Y, True))),), "Thirty-two bytes, without a point prefix."),
    ("key_on_another_curve", lambda x: ((1, ((KTY, EC2), (CRV, 8), (X, x), (Y, True))),), "P-256 alone (8 is secp256k1)."),
    ("key_of_another_type", lambda x: ((1, ((KTY, 1), (CRV, 6), (X, x))),), "No Ed25519 here."),
    ("key_with_algorithm", lambda x: ((1, forge.ordered((*_key(x), (3, -9)))),), "These four members alone."),
    ("key_with_private_part", lambda x: ((1, forge.ordered((*_key(x), (-4, x)))),), "A private key must never travel, and is not read."),
    ("key_without_y", lambda x: ((1, ((KTY, EC2), (CRV, P256), (X, x))),), "These four members, all."),
    ("key_type_a_boolean", lambda x: ((1, ((KTY, EC2), (CRV, True), (X, x), (Y, True))),), "In some languages true is 1."),
)


def _key(x: bytes) -> Pairs:
    return ((KTY, EC2), (CRV, P256), (X, x), (Y, True))


def _identity(city: City) -> Iterator[Case]:
    def shown(label: str) -> Draft:
        return city.draft(label, profile=Profile.IDENTITY, iat=NOW - DAY, cnonce=_CHALLENGE)

    for name, key, item, comment in (
        ("name_not_masked", NAME, "某某某", "A name without a star is a full name."),
        ("name_bytes", NAME, "王*芳".encode(), "Text, not bytes."),
        ("name_of_61_bytes", NAME, "*" * 61, "At most 60 bytes."),
        ("name_with_control_characters", NAME, "王*\x1b[2J", "What is shown to staff must not steer their screen."),
        ("name_turning_direction", NAME, "王*\u202e", "Nor turn its writing around."),
        ("tail_of_3_characters", TAIL, "12X", "Four characters."),
        ("tail_with_letters", TAIL, "12AB", "Digits; the last may be X."),
        ("tail_in_lower_case", TAIL, "123x", "X is upper case."),
        ("tail_a_number", TAIL, 1234, "Text: it may begin with 0 and end in X."),
    ):
        yield one(
            f"claim_{name}",
            shown(f"identity {name}").with_claim(key, item),
            MALFORMED,
            spec=_SPEC,
            comment=comment,
            scene="hospital",
            challenge=_CHALLENGE,
        )
    for key, name in ((NAME, "name"), (TAIL, "tail")):
        draft = shown(f"identity without {name}")
        without = draft.with_inner(claims=forge.drop(draft.inner.claims, key))
        comment = "Name and tail come together in an identity credential."
        yield one(f"claim_{name}_missing_in_identity", without, MALFORMED, spec=_SPEC, comment=comment, scene="hospital", challenge=_CHALLENGE)


def _of_the_code(city: City) -> Iterator[Case]:
    changes: tuple[tuple[str, Item, Item, str], ...] = (
        ("aud_unknown", AUD, "metro", "An audience is a class, not a scene."),
        ("aud_in_upper_case", AUD, "GENERAL", "Lower case."),
        ("aud_empty", AUD, "", "An audience is named."),
        ("aud_a_number", AUD, 1, "Text."),
        ("aud_a_list", AUD, ["general"], "One audience, not a list."),
        ("iat_negative", IAT, -1, "Not before 1970."),
        ("iat_text", IAT, str(NOW), "A time is an integer."),
        ("iat_a_boolean", IAT, True, "In some languages true is 1."),
        ("cnonce_of_7_bytes", CNONCE, bytes(7), "8 to 32 bytes."),
        ("cnonce_of_33_bytes", CNONCE, bytes(33), "8 to 32 bytes."),
        ("cnonce_text", CNONCE, "00112233", "Bytes, not text."),
        ("exp_beside_iat", 4, NOW + 30, "Not in the list of claims: the life of a code stands in its credential."),
        ("claim_unknown", 99, 0, "Not in the list of claims."),
    )
    for name, key, item, comment in changes:
        yield one(f"code_{name}", city.draft(f"code {name}").with_code_claim(key, item), MALFORMED, spec=_SPEC, comment=comment)
    for missing, name in ((AUD, "aud"), (IAT, "iat")):
        draft = city.draft(f"code without {name}")
        without = draft.with_outer(claims=forge.drop(draft.outer.claims, missing))
        yield one(f"code_{name}_missing", without, MALFORMED, spec=_SPEC, comment="Both claims are there.")
    for size in (8, 32):
        challenge = bytes(range(size))
        draft = city.draft(f"challenge of {size}", profile=Profile.IDENTITY, cnonce=challenge)
        yield one(
            f"challenge_of_{size}_bytes", draft, accepted(), spec=_SPEC, comment="The ends of its range.", scene="hospital", challenge=challenge
        )
