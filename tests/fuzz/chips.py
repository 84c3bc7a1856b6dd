"""A campaign of broken bytes against everything that reads what a chip or a reader says, and against the soft card itself.

    python tests/fuzz/chips.py [--count N] [--seed S]

Prints one JSON object, which is also kept in .reports/fuzz-chips.json. Exit status 1: a violation. The same count and seed make the same inputs.

What must hold: a parser refuses with its own fault or means exactly the bytes it read; a session with a lying chip ends with a `CardError` or with
values; the soft card answers every command with a status word of a known class, and no input makes it a card of another state.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter
from dataclasses import asdict, dataclass, field
from pathlib import Path
from random import Random, SystemRandom
from typing import TYPE_CHECKING

ROOT = Path(__file__).resolve().parent.parent.parent
if __name__ == "__main__":
    sys.path[0] = str(ROOT)

from codes.chipproof import ChipState  # noqa: E402 - after the root can be found
from codes.errors import CardError, InputError  # noqa: E402 - the same
from physical.apdu import CommandApdu, ResponseApdu  # noqa: E402 - the same
from physical.binding import BINDING_AID, BindingSession  # noqa: E402 - the same
from physical.chipmemory import ChipMemory  # noqa: E402 - the same
from physical.softcard import InProcess, SoftCard, TZeroCard  # noqa: E402 - the same
from physical.ssc import Addressing, SscSession  # noqa: E402 - the same
from physical.sscrecords import File  # noqa: E402 - the same
from physical.tlv import read_objects, read_record, write_objects, write_record  # noqa: E402 - the same
from physical.transport import whole  # noqa: E402 - the same
from tests.physical.chips import Entropy  # noqa: E402 - the same
from tests.physical.sscchips import ssc_memory  # noqa: E402 - the same

if TYPE_CHECKING:
    from collections.abc import Callable

KEPT, EVERY_TOLD = 20, 50_000
TIRED = 2_000
"""Inputs after which the soft card is replaced: its counters go up, its PIN gets blocked."""
_SHAPES = {"apdu-shape", "chip-answer", "tlv-shape"}


@dataclass(slots=True, kw_only=True)
class Result:
    """What a campaign found."""

    count: int
    seed: int
    seconds: float = 0.0
    violations: int = 0
    refused: dict[str, int] = field(default_factory=dict)
    read: dict[str, int] = field(default_factory=dict)
    examples: list[dict[str, str]] = field(default_factory=list)


class Liar:
    """A transport to a good card, which changes one answer in twenty."""

    def __init__(self, rng: Random, memory_of: SoftCard) -> None:
        self.rng, self.inner = rng, InProcess(memory_of)

    def transmit(self, command: bytes) -> bytes:
        answer = self.inner.transmit(command)
        return broken(self.rng, answer) if self.rng.random() < 0.05 else answer


def broken(rng: Random, seed: bytes) -> bytes:
    """A few changes of a good input: flipped, cut, grown, repeated, or made of nothing."""
    made = bytearray(seed)
    for _ in range(rng.randrange(1, 4)):
        at = rng.randrange(len(made) + 1)
        act = rng.randrange(6)
        if act == 0 and made:
            made[at % len(made)] ^= 1 << rng.randrange(8)
        elif act == 1:
            del made[at:]
        elif act == 2:
            made[at:at] = rng.randbytes(rng.randrange(1, 5))
        elif act == 3 and made:
            made[at % len(made)] = rng.choice((0x00, 0x01, 0x1F, 0x7F, 0x80, 0x81, 0x82, 0xFF, 0x61, 0x6C, 0x90))
        elif act == 4:
            made += made[: rng.randrange(1, 40)]
        else:
            made = bytearray(rng.randbytes(rng.randrange(12))) if rng.random() < 0.1 else made
    return bytes(made)


def _command(_rng: Random, raw: bytes) -> None:
    command = CommandApdu.parse(raw)
    assert CommandApdu.parse(command.to_bytes()) == command, "another command when written"


def _answer(_rng: Random, raw: bytes) -> None:
    assert ResponseApdu.parse(raw).to_bytes() == raw, "another answer when written"


def _record(_rng: Random, raw: bytes) -> None:
    assert write_record(*read_record(raw)) == raw, "another record when written"


def _objects(_rng: Random, raw: bytes) -> None:
    assert write_objects(*read_objects(raw)) == raw, "other objects when written"


class _Cards:
    """The soft card under fire, replaced when it is worn, and the two sessions with a card behind a liar."""

    def __init__(self) -> None:
        self.image = bytes(ssc_memory().content)
        self.memory = ssc_memory()
        self.used = 0

    def _card(self) -> SoftCard:
        self.used += 1
        if self.used % TIRED == 0:
            self.memory = ssc_memory()
        return SoftCard(self.memory, Entropy(str(self.used)))

    def soft(self, rng: Random, raw: bytes) -> None:
        card = self._card()
        under = TZeroCard(card) if rng.random() < 0.3 else card
        under.apdu(CommandApdu(cla=0, ins=0xA4, p1=4, data=rng.choice((BINDING_AID, b"sx1.sh." + "社会保障".encode("gbk"))), ne=256).to_bytes())
        said = ResponseApdu.parse(under.apdu(raw))  # raises for a status word of no class
        assert len(said.data) <= 65_536, "longer than any answer"
        assert ChipMemory(self.memory).state is ChipState.ACTIVE, "another state"

    def reading(self, rng: Random, _raw: bytes) -> None:
        session = SscSession(whole(Liar(rng, self._card())))
        session.select()
        by = rng.choice(list(Addressing))
        session.issuer_file(by=by)
        session.records(rng.choice(list(File)), by=by, through_sfi=rng.random() < 0.5)
        session.holder_file(by=by)

    def binding(self, rng: Random, _raw: bytes) -> None:
        session = BindingSession(whole(Liar(rng, self._card())))
        session.select()
        session.read_card_id()
        session.read_public_key()
        session.pin_tries()
        session.challenge()


SEEDS = {
    "command": [
        "00A404000F7378312E73682EC9E7BBE1B1A3D5CF00",
        "00A4020002EF05",
        "00B2070000",
        "00B2012C10",
        "0084000008",
        "0020000003123456",
        "0088000120" + "11" * 32 + "00",
        "0082000A10" + "22" * 16,
        "841E000016" + "33" * 22 + "00",
        "80CA000008" + "44" * 8 + "00",
        "805E010007135790FF246801",
        "00D60000000100" + "55" * 256,
        "00B00000000100",
    ],
    "answer": ["9000", "6CFF", "6103", "63C5", "0304332E30309000", "11" * 100 + "9000"],
    "record": ["0304332E3030", "0812" + "31" * 18, "091E" + "CDF5" * 15, "0110" + "50" * 16],
    "objects": ["6F0B8409F0455353432D42494E", "6F00", "848180" + "11" * 128, "5F2001AA9F81010184", "84820100" + "22" * 256],
}


def run(count: int, seed: int, *, tell: bool = False) -> Result:
    """Make and judge `count` inputs."""
    rng, cards, result = Random(seed), _Cards(), Result(count=count, seed=seed)
    judges: list[tuple[str, str, Callable[[Random, bytes], None], int]] = [
        ("command", "command", _command, 30),
        ("answer", "answer", _answer, 20),
        ("record", "record", _record, 20),
        ("objects", "objects", _objects, 24),
        ("soft card", "command", cards.soft, 4),
        ("reading", "record", cards.reading, 1),
        ("binding", "answer", cards.binding, 1),
    ]
    weights = [weight for *_, weight in judges]
    seeds = {kind: [bytes.fromhex(text) for text in texts] for kind, texts in SEEDS.items()}
    refused, read = Counter[str](), Counter[str]()
    started = time.monotonic()
    for number in range(1, count + 1):
        name, kind, judge, _ = rng.choices(judges, weights)[0]
        raw = broken(rng, rng.choice(seeds[kind]))
        try:
            judge(rng, raw)
        except CardError as error:
            refused[name] += 1
            wrong = (
                None if name in {"reading", "binding"} or (isinstance(error, InputError) and error.code in _SHAPES) else f"refused as {error.code}"
            )
        except Exception as problem:  # noqa: BLE001 because whatever else it is, it is what the campaign looks for
            wrong = f"{type(problem).__name__}: {problem}"
        else:
            read[name] += 1
            wrong = None
        if wrong is not None:
            result.violations += 1
            if len(result.examples) < KEPT:
                result.examples.append({"kind": name, "wrong": wrong, "input": raw.hex()[:2000]})
        if tell and number % EVERY_TOLD == 0:
            print(f"\r{number:,} of {count:,} inputs, {result.violations} violations", end="", file=sys.stderr, flush=True)
    if tell:
        print(file=sys.stderr)
    result.refused, result.read = dict(sorted(refused.items())), dict(sorted(read.items()))
    result.seconds = round(time.monotonic() - started, 1)
    return result


def main() -> int:
    """Run, tell, keep."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--count", type=int, default=1_200_000, help="how many inputs (default: 1.2 million)")
    parser.add_argument("--seed", type=int, default=None, help="begin of the sequence (default: a new one every time)")
    asked = parser.parse_args()
    seed = SystemRandom().getrandbits(32) if asked.seed is None else asked.seed
    result = run(asked.count, seed, tell=True)
    told = json.dumps(asdict(result), ensure_ascii=False)
    (ROOT / ".reports").mkdir(exist_ok=True)
    (ROOT / ".reports" / "fuzz-chips.json").write_text(told + "\n", "utf-8")
    print(told)
    return 1 if result.violations else 0


if __name__ == "__main__":
    sys.exit(main())
