"""Vectors of Rice blocks and of the proof of single shards."""

from __future__ import annotations

from codes import faults
from tests.vectors import cast_chain, loose
from tests.vectors.case import Family

SHARD = cast_chain.SHARD
TOP = bytes(range(32))


def families() -> list[Family]:
    """Blocks, tops."""
    return [_blocks(), _tops()]


def _blocks() -> Family:
    family = Family(name="chain-blocks", about="Sets of numbers in split-stream Rice coding.", spec="codes/FORMAT.md 4.1")

    def good(name: str, spelling: str, says: object, comment: str, **given: int) -> None:
        family.good(name, "status-block", bytes.fromhex(spelling), says, comment, **{"universe": 8, "sets": 2} | given)

    def bad(name: str, spelling: str, comment: str, **given: int) -> None:
        family.bad(name, "status-block", bytes.fromhex(spelling), faults.STATUS_BLOCK, comment, **{"universe": 8, "sets": 2} | given)

    good("two-sets", "0201c068", [[3, 5], [4]], "k is 1 and 2: low bits 1 1 00, then 01 1 01")
    good("empty", "0000", [[], []], "nothing in either set: two counts and no bit")
    good("all", "0800ff", [list(range(8)), []], "every number: k is 0, and every gap a single bit")
    good("first-and-last", "02000088", [[0, 7], []], "gaps of 0 and 6: low bits 0 0, then 1 0001")
    good("no-universe", "00000000", [[], [], [], []], "no number exists, and none is there", universe=0, sets=4)
    good("count-of-two-bytes", "8001" + "ff" * 16, [list(range(128))], "128 is the first count of two bytes", universe=128, sets=1)
    bad("truncated-count", "02", "the second count is missing")
    bad("empty-bytes", "", "no count at all")
    bad("endless-count", "80" * 9, "a count that never ends")
    bad("long-count", "820001c068", "2 in two bytes")
    bad("count-over-universe", "09" + "00" + "ff80", "nine of eight numbers")
    bad("count-over-limit", "0201c068", "more numbers than this place takes", limit=2)
    bad("count-of-a-gigabyte", "ffffffff03" + "00" * 8, "a thousand million numbers in eight bytes", universe=1 << 36, sets=1)
    bad("bytes-missing", "0201c0", "counts for bits that are not there")
    bad("bytes-over", "0201c06800", "a byte after the last number")
    bad("bytes-far-over", "0201c068" + "00" * 8, "more zeros than gaps could ever need")
    bad("padding-of-remainders", "0201c868", "a bit set after the last remainder")
    bad("padding-of-quotients", "0201c069", "a bit set after the last quotient")
    bad("quotient-missing", "0201c048", "two gaps where three are counted")
    bad("quotient-over", "0201c06c", "four gaps where three are counted")
    bad("number-at-universe", "01000020", "8 is the first number that is not below 8")
    bad("number-beyond", "0100c010", "the only number would be 15 of 8")
    packed = cast_chain.V42[SHARD].hex()
    family.good("shard", "status-shard", bytes.fromhex("010301508dd0e3"), packed, "10 suspended, 1, 3 and 63 ended, 20 frozen", entries=64)
    family.good("shard-valid", "status-shard", bytes(3), "00" * 16, "nobody is stopped", entries=64)
    family.bad("shard-place-twice", "status-shard", bytes.fromhex("0101000000c0"), faults.STATUS_BLOCK, "suspended and ended at once", entries=64)
    family.bad("shard-too-many", "status-shard", bytes.fromhex("040401f0f080"), faults.STATUS_BLOCK, "nine sentences about eight places", entries=8)
    return family


def _tops() -> Family:
    family = Family(name="chain-tops", about="Size and top node of every shard, which prove themselves.", spec="codes/FORMAT.md 4.1")
    one = loose.of([[[SHARD, 1, 64]], TOP]).write()
    root = cast_chain.root_over([(SHARD, 64, TOP)])
    family.good("one", "shard-tops", one, {"root": root.hex(), "shards": [[SHARD, 64]]}, "one small shard")
    none = {"root": cast_chain.root_over([]).hex(), "shards": []}
    family.good("none", "shard-tops", loose.of([[], b""]).write(), none, "a chain without a shard has a root too")
    three = loose.of([[[SHARD, 2, 64], [SHARD + 2, 1, 8]], TOP * 3]).write()
    root = cast_chain.root_over([(SHARD, 64, TOP), (SHARD + 1, 64, TOP), (SHARD + 2, 8, TOP)])
    says = {"root": root.hex(), "shards": [[SHARD, 64], [SHARD + 1, 64], [SHARD + 2, 8]]}
    family.good("three", "shard-tops", three, says, "an odd one is taken up as it is")
    family.bad("map", "shard-tops", loose.of({1: 2}).write(), faults.CLAIMS_SET, "a map for the array")
    family.bad("one-item", "shard-tops", loose.of([[]]).write(), faults.CLAIMS_SET, "without the nodes")
    for name, value, comment in (
        ("node-short", [[[SHARD, 1, 64]], TOP[:-1]], "a node cut short"),
        ("node-over", [[[SHARD, 1, 64]], TOP * 2], "a node of no shard"),
        ("node-text", [[[SHARD, 1, 64]], "x" * 32], "text for bytes"),
        ("shards-text", ["x", b""], "text for the runs"),
        *((f"run-{name}", [run, TOP * 2], comment) for name, run, comment in RUNS),
    ):
        family.bad(name, "shard-tops", loose.of(value).write(), faults.CLAIM_VALUE, comment)
    return family


RUNS: list[tuple[str, list[object], str]] = [
    ("number", [SHARD, SHARD + 1], "numbers for runs"),
    ("short", [[SHARD, 2]], "a run without a size"),
    ("long", [[SHARD, 2, 64, 0]], "a run with an item too many"),
    ("text", [[SHARD, 2, "64"]], "a size in letters"),
    ("true", [[SHARD, True, 64], [SHARD + 1, 1, 64]], "true is 1 in some languages"),
    ("negative", [[-1, 2, 64]], "a number below zero"),
    ("of-none", [[SHARD, 0, 64], [SHARD, 2, 64]], "a run of nothing"),
    ("empty-size", [[SHARD, 2, 0]], "shards of nothing"),
    ("odd-size", [[SHARD, 2, 63]], "no whole number of bytes"),
    ("over-size", [[SHARD, 2, (1 << 20) + 4]], "larger than a shard may be"),
    ("backwards", [[SHARD + 1, 1, 64], [SHARD, 1, 8]], "runs out of order"),
    ("overlapping", [[SHARD, 1, 64], [SHARD, 1, 64]], "a shard named twice"),
    ("not-joined", [[SHARD, 1, 64], [SHARD + 1, 1, 64]], "two runs that are one"),
    ("beyond", [[36**4 - 1, 2, 64]], "a number that no list name can write"),
    ("too-many", [[SHARD, 1025, 64]], "more shards than a chain has"),
    ("too-many-in-all", [[SHARD, 1000, 64], [SHARD + 1001, 25, 64]], "more shards than a chain has, in two runs"),
]
"""Runs of shards that are refused wherever they stand."""
