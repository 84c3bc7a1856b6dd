"""Cutting: one played life becomes moulds, with a hole for everything that is another one's in another life.

A hash is cut like everything else, through what it was made of when the life was played: whatever the chains of the record come to cover, a cast life's
chains cover the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from codes import cbor, cose
from codes.receipts import TYP_RECEIPT, mask_card_number
from tests.bench.record.moulds import Mould, cell

if TYPE_CHECKING:
    from collections.abc import Callable

    from codes.claims import Region
    from tests.bench.record.lives import Played, Row

    Pour = Callable[[list[bytes]], bytes]

_TIMES_FROM = 1_000_000_000
_FIXED = 1 << 20
"""Where fixed pieces are counted from until it is known how many holes there are."""
_CHAINS = (("card", "card_event", "card"), ("person", "vault_access", "holder"))


class Hole(NamedTuple):
    """A place for a value: what kind of value, and which of its kind."""

    kind: str
    label: str = ""
    number: int = 0


class End(NamedTuple):
    """The last link of a chain: the holes of its subject and hash, its number, how many links there are."""

    chain: str
    subject: int
    seq: int
    hash: int
    links: int


@dataclass(frozen=True, kw_only=True)
class Pattern:
    """One played life, cut into moulds. Holes are filled in the order of their kinds here: what is signed or hashed later contains what came before."""

    name: str
    region: Region
    holes: list[Hole]
    order: dict[str, int]
    """How many carriers and holds: their references keep the order that they had, since hashes follow it."""
    raw: list[bytes]
    """Fixed pieces of what is hashed and signed."""
    text: list[bytes]
    """Fixed pieces of lines."""
    credentials: list[Row]
    answers: list[tuple[int, int, Pour]]
    """What a chip said: the hole of the answer, of the question, and the words without the signature."""
    digests: list[tuple[int, Pour]]
    receipts: list[tuple[int, int, Pour, Pour]]
    """The hole of the number, of the token, what is signed, and the token up to the signature."""
    tables: dict[str, Pour]
    ends: list[End]


def moment(instant: int) -> bytes:
    """A time as CBOR has it."""
    return b"\x1a" + instant.to_bytes(4)


def cut(played: Played, made_of: dict[bytes, bytes]) -> Pattern:
    """The pattern of one life."""
    return _Cutter(played, made_of).pattern()


class _Cutter:
    def __init__(self, played: Played, made_of: dict[bytes, bytes]) -> None:
        self.played, self.rows, self.made_of = played, played.rows, made_of
        self.holes: list[Hole] = []
        self.marks: dict[bytes, int] = {}
        self.cells: dict[object, int] = {}
        self.raw: list[bytes] = []
        self.text: list[bytes] = []
        self.digests: list[tuple[int, Mould]] = []

    def pattern(self) -> Pattern:
        self._name_card()
        self._name_carriers()
        self._name_credentials()
        self._name_rest()
        answers = self._cut_answers()
        ends = self._cut_chains()
        receipts = self._cut_receipts()
        tables = {name: self._cut_table(rows) for name, rows in self.rows.items()}
        return Pattern(
            name=self.played.name,
            region=self.played.region,
            holes=self.holes,
            order={kind: sum(hole.kind == kind for hole in self.holes) for kind in ("carrier", "hold")},
            raw=self.raw,
            text=self.text,
            credentials=self.rows.get("credential", []),
            answers=[(answer, question, self._settled(words)) for answer, question, words in answers],
            digests=[(hole, self._settled(mould)) for hole, mould in self.digests],
            receipts=[(number, token, self._settled(signed), self._settled(before)) for number, token, signed, before in receipts],
            tables={name: self._settled(mould) for name, mould in tables.items()},
            ends=ends,
        )

    def _settled(self, mould: Mould) -> Pour:
        count = len(self.holes)
        return Mould(fixed=mould.fixed, order=tuple(at if at < _FIXED else at - _FIXED + count for at in mould.order)).pour()

    def _hole(self, value: object, hole: Hole, mark: bytes | None = None) -> int:
        """The hole of a value, new or known; `mark` is how it is recognised inside hashed bytes."""
        if value not in self.cells:
            self.cells[value] = len(self.holes)
            self.holes.append(hole)
            own = value.encode() if mark is None and isinstance(value, str) else mark
            if own is not None:
                self.marks[own] = self.cells[value]
        return self.cells[value]

    def _name_card(self) -> None:
        card = self.rows["card"][0]
        self._hole(card["holder"], Hole("ref", "holder"))
        self._hole(card["ref"], Hole("ref", "card"))
        number = self._hole(card["number"], Hole("number"))
        masked = mask_card_number(card["number"])
        self._hole(masked, Hole("masked", number=number))

    def _name_carriers(self) -> None:
        for which, row in enumerate(self.rows["carrier"]):
            self._hole(row["ref"], Hole("carrier", number=which))
        for which, row in enumerate(self.rows.get("hold", ())):
            self._hole(row["ref"], Hole("hold", number=which))
        phones = sorted((row for row in self.rows["carrier"] if row["kind"] == "phone"), key=lambda row: row["created"])
        chip = next(row for row in self.rows["carrier"] if row["kind"] == "chip")
        self._hole(chip["card_code"], Hole("code"), chip["card_code"])
        for label, row in [("chip", chip), *((f"phone {at}", phone) for at, phone in enumerate(phones))]:
            if row["key_x"] is not None:
                odd = b"\xf5" if row["key_y_is_odd"] else b"\xf4"
                self._hole(row["key_x"], Hole("key", label), row["key_x"] + b"\x22" + odd)
                self._hole(("odd", row["ref"]), Hole("odd", label))
                self._hole(row["thumbprint"], Hole("thumbprint", label))

    def _name_credentials(self) -> None:
        for which, row in enumerate(self.rows.get("credential", ())):
            self._hole(row["ref"], Hole("ref", f"credential {which}"))
            self._hole(row["sub"], Hole("sub", number=which))
            self._hole(("uri", row["ref"]), Hole("uri", number=which))
            self._hole(("idx", row["ref"]), Hole("idx", number=which))
            self._hole(row["cnf"], Hole("drawn", f"holder {which}"))
            self._hole(row["digest"], Hole("drawn", f"digest {which}"))

    def _name_rest(self) -> None:
        self._hole(self.rows["vault_key"][0]["wrapped"], Hole("wrapped"))
        for row in self.rows["vault_field"]:
            self._hole(row["sealed"], Hole("sealed", row["field"]))
        for row in self.rows["vault_index"]:
            self._hole(row["value"], Hole("index", row["purpose"]))
        for table, rows in self.rows.items():
            for row in rows:
                if "ref" in row:
                    self._hole(row["ref"], Hole("ref", table))
                for value in row.values():
                    if type(value) is int and value > _TIMES_FROM:
                        self._hole(value, Hole("time", number=value), moment(value))

    def _cut_answers(self) -> list[tuple[int, int, Mould]]:
        """The words are real; the questions are drawn, since nobody keeps what they were made of."""
        answers = []
        for which, row in enumerate(self.rows.get("chip_evidence", ())):
            question = self._hole(row["question"], Hole("drawn", f"question {which}"), row["question"])
            words = self._cut(row["answer"][:-64])
            answers.append((self._hole(row["answer"], Hole("answer"), row["answer"]), question, words))
            self._digest(row["digest"])
        return answers

    def _cut_chains(self) -> list[End]:
        ends = []
        for chain, table, subject in _CHAINS:
            links = self.rows.get(table, [])
            for row in links:
                for name in ("previous", "before", "after", "hash"):
                    if row.get(name):
                        self._digest(row[name])
            if links:
                ends.append(End(chain, self.cells[links[-1][subject]], links[-1]["seq"], self.cells[links[-1]["hash"]], len(links)))
        return ends

    def _digest(self, value: bytes) -> None:
        """Give a hash its hole, and before it those that it is made of; none when nothing in it is anybody's."""
        data = self.made_of.get(value)
        if value in self.cells or data is None:
            return
        for at in range(len(data) - 31):
            if data[at : at + 32] not in self.marks:
                self._digest(data[at : at + 32])
        mould = self._cut(data)
        if any(place < _FIXED for place in mould.order):
            self.digests.append((self._hole(value, Hole("digest"), value), mould))

    def _cut(self, data: bytes) -> Mould:
        return Mould.cut(data, self.marks, self.raw, _FIXED)

    def _cut_receipts(self) -> list[tuple[int, int, Mould, Mould]]:
        events = {row["seq"]: row for row in self.rows["card_event"]}
        receipts = []
        for row in self.rows["receipt"]:
            number = self._hole(row["number"], Hole("receipt", number=self.cells[events[row["seq"]]["hash"]]))
            signed = cose.Sign1.parse(cbor.decode(row["token"]), typ=TYP_RECEIPT)
            to_sign, before = self._cut(cose.sig_structure(signed.protected, signed.payload)), self._cut(row["token"][:-64])
            receipts.append((number, self._hole(row["token"], Hole("token")), to_sign, before))
        return receipts

    def _cut_table(self, rows: list[Row]) -> Mould:
        pieces: list[int | bytes] = []
        for row in rows:
            for name, value in row.items():
                pieces += [self._column(row, name, value), b"\t"]
            pieces[-1] = b"\n"
        return Mould.of(pieces, self.text, _FIXED)

    def _column(self, row: Row, name: str, value: object) -> int | bytes:
        if name in {"uri", "idx"}:
            return self.cells[name, row["ref"]]
        if name == "key_y_is_odd" and value is not None:
            return self.cells["odd", row["ref"]]
        if value is None or isinstance(value, bool):
            return cell(value)
        return self.cells.get(value, cell(value))
