"""Casting: a life that was played once, poured for any number of people who do not exist.

What a cast person has is real: keys on the curve, chains of hashes over the real encodings, receipts signed by the region, answers
signed by the chip, a vault sealed by the vault's own code. What nobody could ever check is drawn: thumbprints of holder keys that only phones know, and digests of credentials that only phones
keep, questions that were asked once.
"""

from __future__ import annotations

import base64
import hashlib
from bisect import bisect
from functools import lru_cache
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple

from codes.claims import HOUR, Profile, shard_uri
from codes.receipts import mask_card_number, receipt_number
from ecard.model import HolderRef
from ecard.policy import DAY, Policy
from ecard.vault import KEY_VERSION, Field, IndexPurpose, _bound_to
from tests.bench.record import people
from tests.bench.record.cutting import cut, moment
from tests.bench.record.lives import APPLIED, LATE, LIVES, PRESENT, SPACES, Life, issuer
from tests.bench.record.moulds import spelled

if TYPE_CHECKING:
    from collections.abc import Iterator

    from codes.claims import Region
    from ecard.issuer import RegionIssuer
    from ecard.vault import Vault
    from tests.bench.record.cutting import End, Hole, Pattern
    from tests.bench.record.lives import Played

DAYS = 3_550
"""Cards were applied for on this many days, evenly."""
KEPT = 1_500
"""Nobody is cancelled whose card was applied for earlier than so many days ago: they would have been erased by now."""
HOURS = 120
"""What happened lately happened within these many hours."""
BLOCK = 650_000
"""Places given out in one list before the next begins: when drawing finds too many taken."""
BLOCKS = 16
_POLICY = Policy()
_CHIPS_WORD = b"SSC-IA1\0"
"""What a chip signs begins with this."""


class Shard(NamedTuple):
    """A status list that somebody stands in."""

    region: Region
    profile: int
    day: int
    number: int


class Cast(NamedTuple):
    """A person who does not exist: which life, and when."""

    number: int
    life: int
    region: Region
    days: int
    """Days by which the young card's times are moved."""
    hours: int
    """Hours by which what happened lately is moved."""


class Caster:
    """Pours people. Each is made from a number alone, by whichever process."""

    def __init__(self, played: list[Played], made_of: dict[bytes, bytes], vault: Vault) -> None:
        self.vault = vault
        self.patterns = [[cut(life, made_of) for life in played[at : at + 2]] for at in range(0, len(played), 2)]
        self._upto = list(accumulate(share for _, share in LIVES))
        self._issuers = {pattern.region: issuer(pattern.region) for pattern in self.patterns[0]}

    def cast(self, number: int) -> Cast:
        """Who this is."""
        chance = int.from_bytes(people.draw(number, "life", 4)) % self._upto[-1]
        region = self.patterns[0][number // DAYS & 1].region
        life = bisect(self._upto, chance)
        if LIVES[life][0] is Life.cancelled and number % DAYS > KEPT:
            life = [act for act, _ in LIVES].index(Life.plain)
        return Cast(number, life, region, 350 - number % DAYS, -(number % HOURS))

    def pattern(self, cast: Cast) -> Pattern:
        """The life of a cast person."""
        return self.patterns[cast.life][[pattern.region for pattern in self.patterns[cast.life]].index(cast.region)]

    def pour(self, cast: Cast, into: dict[str, list[bytes]], shards: set[Shard]) -> list[tuple[End, bytes, bytes]]:
        """Write somebody's lines, by table; the ends of their chains with subject and hash."""
        pattern = self.pattern(cast)
        raw: list[bytes] = [b""] * len(pattern.holes)
        text = raw.copy()
        self._fill(pattern, cast, raw, text, shards)
        raw += pattern.raw
        if pattern.answers:
            chip = people.signer(cast.number, "chip")
            for answer, question, words in pattern.answers:
                said = words(raw)
                raw[answer] = said + chip.sign(_CHIPS_WORD + said + raw[question])
                text[answer] = spelled(raw[answer])
        for hole, pour in pattern.digests:
            made = hashlib.sha256(pour(raw)).digest()
            raw[hole], text[hole] = made, spelled(made)
        signer = self._issuers[cast.region].receipts
        for number, token, to_sign, before in pattern.receipts:
            raw[number] = text[number] = receipt_number(raw[pattern.holes[number].number]).encode()
            text[token] = spelled(before(raw) + signer.sign(to_sign(raw)))
        text += pattern.text
        for table, pour in pattern.tables.items():
            into[table].append(pour(text))
        return [(end, raw[end.subject], raw[end.hash]) for end in pattern.ends]

    def _fill(self, pattern: Pattern, cast: Cast, raw: list[bytes], text: list[bytes], shards: set[Shard]) -> None:
        """Everything that is not made of something else."""
        somebody = _Somebody(self.vault, self._issuers[cast.region], cast.number, pattern.order)
        for at, hole in enumerate(pattern.holes):
            if hole.kind == "time":
                raw[at], text[at] = _moved(hole.number, cast.days, cast.hours)
            elif hole.kind == "uri":
                text[at], text[at + 1] = self._place(pattern, cast, hole.number, shards)
            elif hole.kind in _BOTH:
                raw[at] = text[at] = somebody.word(hole)
            elif hole.kind in _BYTES:
                raw[at] = made = somebody.data(hole)
                text[at] = spelled(made)
            elif hole.kind == "key":
                x, odd, thumbprint = people.point(cast.number, hole.label)
                raw[at] = x + (b"\x22\xf5" if odd else b"\x22\xf4")
                text[at], text[at + 1], text[at + 2] = spelled(x), b"t" if odd else b"f", spelled(thumbprint)

    def _place(self, pattern: Pattern, cast: Cast, which: int, shards: set[Shard]) -> tuple[bytes, bytes]:
        row = pattern.credentials[which]
        written = int.from_bytes(_moved(row["written"], cast.days, cast.hours)[0][1:])
        day, profile = written // DAY, row["profile"]
        late = (cast.number // HOURS * 24 + written // HOUR % 24) * 4 + which
        position = cast.number // DAYS if profile == Profile.CHIP else late
        block, position = divmod(position, BLOCK)
        span = PRESENT // DAY - day
        first, last = SPACES[Profile(profile)]
        shard = first + (span if profile == Profile.CHIP else span * BLOCKS + block)
        assert block < BLOCKS
        assert shard <= last
        letter = self._issuers[cast.region].letter
        shards.add(Shard(cast.region, profile, day, shard))
        return shard_uri(letter, shard).encode(), b"%d" % people.place(position)


_BOTH = {"ref", "carrier", "hold", "number", "masked", "sub"}
"""Kinds of words: in hashed bytes as in lines."""
_BYTES = {"code", "drawn", "wrapped", "sealed", "index"}


class _Somebody:
    """Words and bytes of one person; what the vault keeps of them is sealed by the vault's own code."""

    def __init__(self, vault: Vault, region: RegionIssuer, number: int, order: dict[str, int]) -> None:
        self.vault, self.region, self.number = vault, region, number
        self.ordered = {kind: sorted(people.ref(number, f"{kind} {at}") for at in range(count)) for kind, count in order.items()}
        self.person = people.person(number, region.region)
        self.key = people.draw(number, "vault")

    def word(self, hole: Hole) -> bytes:
        if hole.kind == "ref":
            return people.ref(self.number, hole.label).encode()
        if hole.kind == "sub":
            return base64.urlsafe_b64encode(people.sub(self.number, hole.number))
        if hole.kind in self.ordered:
            return self.ordered[hole.kind][hole.number].encode()
        number = people.number_of_card(self.number, self.region.letter.upper())
        return (number if hole.kind == "number" else mask_card_number(number)).encode()

    def data(self, hole: Hole) -> bytes:
        if hole.kind == "drawn":
            return people.draw(self.number, hole.label)
        if hole.kind == "code":
            return people.code_of_chip(self.number, self.region.division)
        if hole.kind == "wrapped":
            return self.vault.wrapper.wrap(self.key)
        if hole.kind == "index":
            return self.vault._index(IndexPurpose(hole.label), self.person.identity)
        field = Field(hole.label)
        said = {
            Field.IDENTITY_TYPE: self.person.identity.type.value,
            Field.IDENTITY_NUMBER: self.person.identity.number,
            Field.NAME: self.person.name.text,
        }
        holder = HolderRef(people.ref(self.number, "holder"))
        return self.vault._sealed(self.key, said[field], _bound_to(field, holder, KEY_VERSION))


@lru_cache(maxsize=1 << 18)
def _moved(played: int, days: int, hours: int) -> tuple[bytes, bytes]:
    """A time of a played life as it was in a cast one, in both spellings."""
    if played >= LATE + 3000 * DAY:
        instant = _POLICY.expiry(APPLIED + days * DAY)
    elif played >= LATE:
        instant = played + hours * HOUR
    else:
        instant = played + days * DAY
    return moment(instant), b"%d" % instant


def chunks(upto: int, size: int) -> Iterator[range]:
    """Numbers of people, in portions."""
    return (range(first, min(first + size, upto)) for first in range(0, upto, size))
