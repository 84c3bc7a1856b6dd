"""Vectors of the two byte layers: CBOR and Base45."""

from __future__ import annotations

from typing import TYPE_CHECKING

from codes import faults
from codes.cbor import Tag18
from tests.vectors.case import Family, value_to_json

if TYPE_CHECKING:
    from codes.errors import Fault

GOOD_CBOR: tuple[tuple[str, str, object, str], ...] = (
    ("zero", "00", 0, "the smallest integer"),
    ("twenty-three", "17", 23, "largest integer inside the head"),
    ("twenty-four", "1818", 24, "first integer that needs a byte"),
    ("one-byte-max", "18ff", 255, "largest integer of one byte"),
    ("two-bytes-min", "190100", 256, "first integer that needs two bytes"),
    ("four-bytes-min", "1a00010000", 65536, "first integer that needs four bytes"),
    ("eight-bytes-min", "1b0000000100000000", 1 << 32, "first integer that needs eight bytes"),
    ("uint64-max", "1bffffffffffffffff", (1 << 64) - 1, "the largest integer there is"),
    ("minus-one", "20", -1, "the negatives begin"),
    ("minus-25", "3818", -25, "first negative that needs a byte"),
    ("nint64-min", "3bffffffffffffffff", -(1 << 64), "the smallest integer there is"),
    ("empty-bytes", "40", b"", "a byte string of nothing"),
    ("bytes-24", "5818" + "ab" * 24, b"\xab" * 24, "first byte string whose length needs a byte"),
    ("empty-text", "60", "", "a text of nothing"),
    ("text-hanzi", "66e5b79de6b89d", "川渝", "text is UTF-8 and its length counts bytes"),
    ("text-nul", "6100", "\0", "any Unicode text is text; what a claim may hold is its own rule"),
    ("false", "f4", False, "a simple value that exists"),
    ("true", "f5", True, "the other one"),
    ("empty-array", "80", [], "an array of nothing"),
    ("mixed-array", "840120f54101", [1, -1, True, b"\x01"], "an array keeps its order"),
    ("empty-map", "a0", {}, "a map of nothing"),
    (
        "map-bytewise-order",
        "a60a0018640020006100006161006361616100",
        {10: 0, 100: 0, -1: 0, "\0": 0, "a": 0, "aaa": 0},
        "keys by their bytes: 10, 100, -1, texts",
    ),
    (
        "map-length-does-not-lead",
        "a31818002000616100",
        {24: 0, -1: 0, "a": 0},
        "1818 before 20: bytewise, not shortest first (RFC 7049 would have it the other way)",
    ),
    ("tag-18", "d280", Tag18([], b"\xd2\x80"), "the one tag"),
    ("depth-8", "81" * 7 + "80", [[[[[[[[]]]]]]]], "eight levels are allowed"),
    ("size-4096", "590ffd" + "00" * 4093, bytes(4093), "as large as an item may be"),
    (
        "depth-8-mixed",
        "a100d281a100d281a10080",
        {0: Tag18([{0: Tag18([{0: []}], b"")}], b"")},
        "maps, tags and arrays each count as a level: here seven",
    ),
)

BAD_CBOR: tuple[tuple[str, str, Fault, str], ...] = (
    ("empty", "", faults.CBOR_TRUNCATED, "there is no item"),
    ("head-without-argument", "18", faults.CBOR_TRUNCATED, "the argument is missing"),
    ("argument-cut", "1900", faults.CBOR_TRUNCATED, "half an argument"),
    ("bytes-cut", "43abcd", faults.CBOR_TRUNCATED, "a byte string of three with two bytes"),
    ("text-cut", "66e5b79d", faults.CBOR_TRUNCATED, "a text of six bytes with three"),
    ("text-cut-inside-a-character", "63e5b7", faults.CBOR_TRUNCATED, "what is left of the text is not text, because it is cut"),
    ("text-ends-inside-a-character", "62e5b7", faults.CBOR_TEXT, "all of the text is there, and its last character is not"),
    ("array-cut", "8201", faults.CBOR_TRUNCATED, "an array of two with one item"),
    ("map-cut", "a101", faults.CBOR_TRUNCATED, "a key without its value"),
    ("map-cut-at-key", "a2010219", faults.CBOR_TRUNCATED, "a map of two that ends inside the second member"),
    ("tag-cut", "d2", faults.CBOR_TRUNCATED, "a tag on nothing"),
    ("huge-bytes", "5b7fffffffffffffff", faults.CBOR_TRUNCATED, "a claim of eight exabytes is refused before anything is allocated"),
    ("huge-array", "9bffffffffffffffff", faults.CBOR_TRUNCATED, "a claim of 2^64 items costs nothing"),
    ("huge-map", "bb7fffffffffffffff", faults.CBOR_TRUNCATED, "a claim of 2^63 members costs nothing"),
    ("reserved-28", "1c", faults.CBOR_RESERVED, "additional information 28 means nothing yet"),
    ("reserved-30-bytes", "5e", faults.CBOR_RESERVED, "additional information 30 means nothing yet"),
    ("reserved-simple", "fc", faults.CBOR_RESERVED, "major type 7 with additional information 28"),
    ("text-not-utf8", "62c328", faults.CBOR_TEXT, "a broken sequence"),
    ("text-overlong", "62c080", faults.CBOR_TEXT, "an overlong zero, the oldest twin of UTF-8"),
    ("text-surrogate", "63eda080", faults.CBOR_TEXT, "half of a surrogate pair is not a character"),
    ("trailing-zero", "0000", faults.CBOR_TRAILING, "one item, then another"),
    ("trailing-break", "80ff", faults.CBOR_TRAILING, "a stray break after the item"),
    ("indefinite-bytes", "5f4101ff", faults.CBOR_INDEFINITE, "a chunked byte string"),
    ("indefinite-text", "7f6161ff", faults.CBOR_INDEFINITE, "a chunked text"),
    ("indefinite-array", "9f01ff", faults.CBOR_INDEFINITE, "an array until further notice"),
    ("indefinite-map", "bf0102ff", faults.CBOR_INDEFINITE, "a map until further notice"),
    ("break-alone", "ff", faults.CBOR_INDEFINITE, "a break with nothing to break"),
    ("break-as-item", "81ff", faults.CBOR_INDEFINITE, "a break where an item should be"),
    ("not-shortest-0", "1800", faults.CBOR_NOT_SHORTEST, "zero in two bytes"),
    ("not-shortest-23", "1817", faults.CBOR_NOT_SHORTEST, "the last number that fits the head"),
    ("not-shortest-255", "1900ff", faults.CBOR_NOT_SHORTEST, "255 in two bytes"),
    ("not-shortest-65535", "1a0000ffff", faults.CBOR_NOT_SHORTEST, "65535 in four bytes"),
    ("not-shortest-uint32", "1b00000000ffffffff", faults.CBOR_NOT_SHORTEST, "2^32 - 1 in eight bytes"),
    ("not-shortest-negative", "3800", faults.CBOR_NOT_SHORTEST, "-1 in two bytes"),
    ("not-shortest-length", "580101", faults.CBOR_NOT_SHORTEST, "a length of one in two bytes"),
    ("not-shortest-array", "980100", faults.CBOR_NOT_SHORTEST, "a count of one in two bytes"),
    ("not-shortest-map", "b8010000", faults.CBOR_NOT_SHORTEST, "a count of members in two bytes"),
    ("not-shortest-tag", "d90012a0", faults.CBOR_NOT_SHORTEST, "tag 18 in three bytes"),
    ("not-shortest-key", "a1180100", faults.CBOR_NOT_SHORTEST, "a key in two bytes where one does"),
    ("key-order", "a202000100", faults.CBOR_KEY_ORDER, "2 before 1"),
    ("key-order-negative", "a220000000", faults.CBOR_KEY_ORDER, "-1 before 0: bytewise, every negative follows every unsigned"),
    ("key-order-length-first", "a22000181800", faults.CBOR_KEY_ORDER, "the order of RFC 7049 is not the order of RFC 8949"),
    ("duplicate-key", "a201000101", faults.CBOR_DUPLICATE_KEY, "1 twice: a lax reader takes the last"),
    ("duplicate-text-key", "a26161006161f5", faults.CBOR_DUPLICATE_KEY, "a text key twice"),
    ("duplicate-apart", "a3010002000100", faults.CBOR_KEY_ORDER, "a repeated key apart from its twin is out of order first"),
    ("key-true", "a20102f503", faults.CBOR_KEY_TYPE, "1 and true are one key of a Python dict"),
    ("key-float", "a20102f93c0003", faults.CBOR_KEY_TYPE, "1 and 1.0 are one key of a Python dict"),
    ("key-bytes", "a1410100", faults.CBOR_KEY_TYPE, "a byte string as key"),
    ("key-array", "a18000", faults.CBOR_KEY_TYPE, "an array as key"),
    ("key-map", "a1a000", faults.CBOR_KEY_TYPE, "a map as key"),
    ("key-tag", "a1d20000", faults.CBOR_KEY_TYPE, "a tag as key"),
    ("key-nan", "a1f97e0000", faults.CBOR_KEY_TYPE, "a NaN is not equal even to itself, so it could repeat"),
    ("null", "f6", faults.CBOR_SIMPLE, "nothing is said by leaving it out"),
    ("undefined", "f7", faults.CBOR_SIMPLE, "the same"),
    ("simple-0", "e0", faults.CBOR_SIMPLE, "an unassigned simple value"),
    ("simple-255", "f8ff", faults.CBOR_SIMPLE, "an unassigned simple value in two bytes"),
    ("false-in-two-bytes", "f814", faults.CBOR_SIMPLE, "false may only be f4"),
    ("half-float", "f93c00", faults.CBOR_SIMPLE, "1.0 is not 1"),
    ("single-float", "fa47c35000", faults.CBOR_SIMPLE, "100000.0 is not 100000"),
    ("double-float", "fb7ff0000000000000", faults.CBOR_SIMPLE, "infinity"),
    ("tag-date", "c11a514b67b0", faults.CBOR_TAG, "an epoch date"),
    ("tag-bignum", "c24101", faults.CBOR_TAG, "1 as a bignum: a twin of 01"),
    ("tag-decimal", "c4821b000000003b9aca0001", faults.CBOR_TAG, "ten to the power of a billion, which costs more to print than to send"),
    ("tag-17", "d180", faults.CBOR_TAG, "a COSE_Mac0"),
    ("tag-cwt", "d83dd280", faults.CBOR_TAG, "the CWT tag 61 is never written here"),
    ("tag-shared", "d81c81d81d00", faults.CBOR_TAG, "an array that holds itself"),
    ("tag-regex", "d8236161", faults.CBOR_TAG, "a pattern that somebody would compile"),
    ("tag-self-described", "d9d9f700", faults.CBOR_TAG, "the magic number 55799 is a twin of everything"),
    ("depth-9", "81" * 9 + "00", faults.CBOR_DEPTH, "nine levels"),
    ("depth-9-tags", "d2" * 9 + "00", faults.CBOR_DEPTH, "tags are levels too"),
    ("depth-9-maps", "a100" * 8 + "a0", faults.CBOR_DEPTH, "so are maps"),
    ("depth-4096", "81" * 4096, faults.CBOR_DEPTH, "four thousand levels are refused at the ninth"),
    ("size-4097", "591000" + "00" * 4094, faults.CBOR_SIZE, "one byte more than any small item takes"),
)

GOOD_BASE45 = (
    ("empty", "", b"", "nothing"),
    ("rfc-ab", "BB8", b"AB", "RFC 9285 section 4.3"),
    ("rfc-hello", "%69 VD92EX0", b"Hello!!", "RFC 9285 section 4.3"),
    ("rfc-base-45", "UJCLQE7W581", b"base-45", "RFC 9285 section 4.3"),
    ("rfc-ietf", "QED8WEX0", b"ietf!", "RFC 9285 section 4.4"),
    ("largest-triplet", "FGW", b"\xff\xff", "65535"),
    ("largest-pair", "U5", b"\xff", "255"),
    ("leading-zeros", "000000", bytes(4), "zeros are not lost"),
)
BAD_BASE45 = (
    ("length-1", "0", faults.BASE45_LENGTH, "one character stands for nothing"),
    ("length-4", "0000", faults.BASE45_LENGTH, "three and one"),
    ("length-newline", "BB8\n", faults.BASE45_LENGTH, "a line end is not part of a code"),
    ("lower-case", "bb8", faults.BASE45_ALPHABET, "lower case is not in the alphabet"),
    ("line-end", "BB8BB8\r\n", faults.BASE45_ALPHABET, "nor is a line end of two characters"),
    ("underscore", "BB_", faults.BASE45_ALPHABET, "a character outside the 45"),
    ("question-mark", "BB?", faults.BASE45_ALPHABET, "the character that other characters are often replaced by"),
    ("full-width", "ＢB8", faults.BASE45_ALPHABET, "a full-width letter looks the same and is not"),
    ("nul", "BB\0", faults.BASE45_ALPHABET, "a control character"),
    ("triplet-overflow", "GGW", faults.BASE45_OVERFLOW, "65536"),
    ("triplet-largest", ":::", faults.BASE45_OVERFLOW, "91124, the largest three characters"),
    ("second-triplet", "BB8GGW", faults.BASE45_OVERFLOW, "a group further on"),
    ("pair-overflow", "V5", faults.BASE45_OVERFLOW, "256"),
    ("pair-largest", "BB8::", faults.BASE45_OVERFLOW, "2024, the largest two characters"),
)


def families() -> list[Family]:
    """CBOR and Base45."""
    cbor = Family(name="cbor", about="One item, one encoding.", spec="RFC 8949 4.2.1, FORMATS 1 Strictness")
    for name, spelling, value, comment in GOOD_CBOR:
        cbor.good(name, "cbor", bytes.fromhex(spelling), value_to_json(value), comment)
    for name, spelling, fault, comment in BAD_CBOR:
        cbor.bad(name, "cbor", bytes.fromhex(spelling), fault, comment)
    cbor.bad("size-200000", "cbor", b"\x81", faults.CBOR_SIZE, "two hundred thousand levels are not even begun", times=200_000)
    base45 = Family(name="base45", about="One text, one byte string.", spec="RFC 9285, FORMATS 1 Strictness")
    for name, text, data, comment in GOOD_BASE45:
        base45.good(name, "base45", text, data.hex(), comment)
    for name, text, fault, comment in BAD_BASE45:
        base45.bad(name, "base45", text, fault, comment)
    return [cbor, base45]
