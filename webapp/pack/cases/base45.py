"""Step 1, Base45 (RFC 9285): one text for one byte string."""

from __future__ import annotations

from typing import TYPE_CHECKING

from codes.base45 import ALPHABET
from codes.presentation import PREFIX
from webapp.pack.cases.family import MALFORMED, NOT_CANONICAL, of_parity, one

if TYPE_CHECKING:
    from collections.abc import Iterator

    from webapp.pack.case import Case
    from webapp.pack.city import City

_SPEC = "FORMATS 1 Strictness: Base45"
_WORDS = 0x1_0000
_OCTETS = 0x100

_INSIDE = (
    ("underscore", "_", "A character of base64url."),
    ("number_sign", "#", "Next to the alphabet, not in it."),
    ("equals_sign", "=", "Base45 has no padding."),
    ("full_width_digit", "１", "Looks like a digit; is another character."),
    ("chinese_character", "码", "Not ASCII."),
    ("nul", "\x00", "Languages with zero-terminated strings would judge a shorter text."),
    ("escape", "\x1b", "A control character."),
    ("tab", "\t", "White space outside the alphabet."),
    ("carriage_return_inside", "\r", "A line ends at a line feed and nowhere else: one line in, one answer out."),
    ("vertical_tab", "\x0b", "Some languages end a line here."),
    ("file_separator", "\x1c", "Some languages end a line here."),
    ("next_line", "\x85", "Some languages end a line here."),
    ("line_separator", "\u2028", "Some languages end a line here."),
    ("zero_width_space", "\u200b", "Invisible, and not nothing."),
)


def cases(city: City) -> Iterator[Case]:
    """Alphabet, length, overflow."""
    for name, character, comment in _INSIDE:
        text = city.draft(f"base45 {name}").text()
        middle = len(text) // 2
        yield one(f"base45_{name}", text[:middle] + character + text[middle + 1 :], MALFORMED, spec=_SPEC, comment=comment)

    text = city.draft("base45 lower case").text()
    yield one("base45_body_in_lower_case", PREFIX + text.removeprefix(PREFIX).lower(), MALFORMED, spec=_SPEC, comment="Upper case only.")

    triplets = of_parity(city, "base45 even", odd=False).text()
    pair = of_parity(city, "base45 odd", odd=True).text()
    length = "Length mod 3 is never 1."
    yield one("base45_one_character_more", triplets + "0", MALFORMED, spec=_SPEC, comment=length)
    yield one("base45_one_character_less", pair[:-1], MALFORMED, spec=_SPEC, comment=length)
    yield one("base45_one_trailing_space", triplets + " ", MALFORMED, spec=_SPEC, comment="The space is in the alphabet: it counts, nobody trims it.")
    yield one("base45_two_trailing_spaces", triplets + "  ", NOT_CANONICAL, spec=_SPEC, comment="A pair of 1656 is more than one byte can be.")
    yield one("base45_last_triplet_missing", triplets[:-3], MALFORMED, spec=_SPEC, comment="Good Base45 of a code that ends too early.")
    yield one("base45_triplet_twin", _twin(triplets, group=3, limit=_WORDS), NOT_CANONICAL, spec=_SPEC, comment="The same 16 bits plus 65536.")
    yield one("base45_pair_twin", pair[:-2] + _raise(pair[-2:], _OCTETS), NOT_CANONICAL, spec=_SPEC, comment="The same byte plus 256.")
    yield one("base45_largest_triplet", triplets[:-3] + ":::", NOT_CANONICAL, spec=_SPEC, comment="91124 is above 65535.")
    yield one("base45_65536", triplets[:-3] + _characters(_WORDS, 3), NOT_CANONICAL, spec=_SPEC, comment="The first number above the limit.")
    yield one("base45_pair_256", pair[:-2] + _characters(_OCTETS, 2), NOT_CANONICAL, spec=_SPEC, comment="The first number above the limit.")


def _number(characters: str) -> int:
    return sum(ALPHABET.index(character) * 45**place for place, character in enumerate(characters))


def _characters(number: int, size: int) -> str:
    return "".join(ALPHABET[number // 45**place % 45] for place in range(size))


def _raise(characters: str, limit: int) -> str:
    """The characters of the same number plus `limit`: a reader that lets it wrap around sees no difference."""
    return _characters(_number(characters) + limit, len(characters))


def _twin(text: str, *, group: int, limit: int) -> str:
    """`text` with its first group that has a twin replaced by it."""
    body = text.removeprefix(PREFIX)
    for at in range(0, len(body), group):
        if _number(body[at : at + group]) + limit < 45**group:
            return PREFIX + body[:at] + _raise(body[at : at + group], limit) + body[at + group :]
    msg = "no group of this text has a twin"
    raise ValueError(msg)
