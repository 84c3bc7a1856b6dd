"""Step 0: texts that are not a code at all. A camera in a public place sees every kind of QR."""

from __future__ import annotations

from typing import TYPE_CHECKING

from codes.presentation import MAX_LENGTH, PREFIX
from codes.reasons import Reason
from webapp.pack.case import because
from webapp.pack.cases.family import MALFORMED, NOT_CANONICAL, one

if TYPE_CHECKING:
    from collections.abc import Iterator

    from webapp.pack.case import Case
    from webapp.pack.city import City

_STRANGE = because(Reason.UNKNOWN_FORMAT, 0)
_TOO_LONG = because(Reason.MALFORMED, 0)
_STEP = "FORMATS 2 step 0"
_MEGABYTE = 1 << 20

_OTHERS = (
    ("empty_line", "", "A scanner that reads nothing still ends its line."),
    ("spaces_only", "   ", "Blanks are not trimmed and are not a code."),
    ("web_address", "https://pay.example/qr?id=0420261121", "A payment or advertising address."),
    ("wallet_number", "280000000000000042", "Eighteen digits, as wallets show to a till."),
    ("wifi_settings", "WIFI:T:WPA;S=guest;P=visitor;;", "A network invitation."),
    ("merchant_code", "00020101021126330015example.payment5204000053031565802CN6304ABCD", "An EMV merchant code."),
    ("contact_card", "BEGIN:VCARD VERSION:4.0 FN:Nobody END:VCARD", "A visiting card on one line."),
    ("byte_order_mark_alone", "\ufeff", "An empty line from an editor that marks its files."),
    ("control_characters", "\x00\x01\x1b[31m\x7f", "Control characters reach neither a screen nor a log as such."),
    ("one_megabyte_of_letters", "A" * _MEGABYTE, "Refused by its first four characters; nothing of its size is ever decoded."),
)


def cases(city: City) -> Iterator[Case]:
    """Other schemes, other prefixes, too much."""
    for name, text, comment in _OTHERS:
        yield one(name, text, _STRANGE, spec=_STEP, comment=comment)
    text = city.draft("foreign prefixes").text()
    body = text.removeprefix(PREFIX)
    for name, other, comment in (
        ("prefix_of_health_certificates", "HC1:" + body, "Another scheme's prefix before a body of ours."),
        ("prefix_of_a_later_version", "SC2:" + body, "A version that this terminal does not know."),
        ("prefix_in_lower_case", "sc1:" + body, "The prefix is upper case."),
        ("prefix_without_colon", "SC1" + body, "The colon belongs to it."),
        ("prefix_with_full_width_colon", "SC1：" + body, "A keyboard in Chinese mode turns the colon into another character."),
        ("prefix_missing", body, "Base45 alone."),
        ("prefix_with_leading_zero", "SC01:" + body, "A number has one form."),
        ("leading_space", " " + text, "Nothing stands before the prefix; a terminal does not trim."),
        ("leading_tab", "\t" + text, "The same for a tab."),
        ("leading_byte_order_mark", "\ufeff" + text, "The same for an invisible mark."),
        ("quoted_text", f'"{text}"', "The same for quotation marks."),
        ("whole_text_in_lower_case", text.lower(), "A scanner with caps lock, or a browser that lowered it."),
    ):
        yield one(name, other, _STRANGE, spec=_STEP, comment=comment)
    yield one("text_of_1201_characters", PREFIX.ljust(MAX_LENGTH + 1, "0"), _TOO_LONG, spec=_STEP, comment="One character above the limit.")
    yield one(
        "text_of_1200_characters", PREFIX.ljust(MAX_LENGTH, "0"), NOT_CANONICAL, spec="FORMATS 1", comment="At the limit it is read, and wrong."
    )
    yield one("one_megabyte_with_prefix", PREFIX.ljust(_MEGABYTE, "0"), _TOO_LONG, spec=_STEP, comment="Refused by its length, undecoded.")
    yield one("prefix_alone", PREFIX, MALFORMED, spec="FORMATS 1", comment="No bytes at all are no item.")
