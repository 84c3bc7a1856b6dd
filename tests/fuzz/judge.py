"""The judge of the campaign: a metro gate and a hospital desk, and the one question about every mutant.

Accepted implies byte-identical: what a terminal accepts is, byte for byte, what its signers made. No answer takes more than 50 ms of processor time
or 4 MiB, and nothing but a verdict comes back.
"""

from __future__ import annotations

import time
import tracemalloc
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING

from codes import base45
from codes.claims import Audience, Profile, StatusRef
from codes.credential import Credential, Statement
from codes.presentation import PREFIX, Presentation
from codes.status import StatusList
from tests.vectors import cast, loose
from verify import Accepted, Verifier
from verify.clock import ClockFloor
from verify.ports import Shard
from verify.trust import TrustView

if TYPE_CHECKING:
    from codes.scenes import SceneRules

LONGEST = 0.050
"""Seconds of processor time for one mutant."""
LARGEST = 4 << 20
"""Bytes of memory for one mutant."""
AT = datetime.fromtimestamp(cast.NOW + 3, UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A code that its terminal accepts, with all that is needed to change it."""

    text: str
    kbt: bytes
    credential: bytes
    verifier: Verifier
    challenge: bytes | None


@dataclass(frozen=True, slots=True)
class Mutant:
    """A changed code, how it was changed, and whether holder and issuer signed the change."""

    kind: str
    text: str
    by_holder: bool = False
    by_issuer: bool = False


class AllGood:
    """A `StatusSource` in which nobody is stopped."""

    def shard(self, uri: str) -> Shard | None:
        region, profile = {"sl:c4k2": ("CN-CQ", Profile.GENERAL), "sl:clfls": ("CN-CQ", Profile.IDENTITY)}.get(uri, ("", Profile.CHIP))
        return Shard(region=region, profile=profile, iat=cast.NOW - 60, statuses=StatusList(bytes(1 << 18))) if region else None

    def head(self, region: str) -> int | None:
        return cast.NOW - 60 if region == "CN-CQ" else None

    def demand(self, region: str) -> int:
        return 0 if region else 1


class Forgetful:
    """A `ReplayMemory` that remembers nobody, so that a twin is not refused merely as the second of its kind."""

    def admit(self, iss: str, sub: str, *, iat: int, now: int, until: int, future: int) -> None:
        """Let everybody pass."""


def verifier(scene: SceneRules) -> Verifier:
    """A terminal of the cast's city."""
    trust = TrustView.of(
        version=1, expires=cast.NOW + cast.DAY, issuers=cast.issuer_keys(), authorities=[cast.status_authority()], scenes=[cast.scenes()]
    )
    return Verifier(trust=trust, scene=scene, status=AllGood(), replay=Forgetful(), floor=ClockFloor(overall=cast.NOW - cast.DAY))


@cache
def subjects() -> tuple[Subject, ...]:
    """Codes of several kinds, each accepted by its terminal."""
    metro, hospital = verifier(cast.metro()), verifier(cast.hospital())
    found = []
    for number in range(12):
        general = cast.statement(sub=f"general{number % 10}", fare=number % 3, max_age=30 + number % 2, status=StatusRef("sl:c4k2", number * 80_000))
        identity = cast.identity_statement(sub=f"identit{number % 10}", status=StatusRef("sl:clfls", number * 80_000), name="王*芳"[: 2 + number % 2])
        challenge = bytes(range(number, number + 8 + 2 * number))
        found.append(_subject(general, Audience.GENERAL, metro, None))
        found.append(_subject(identity, Audience.IDENTITY, hospital, challenge))
    return tuple(found)


def _subject(says: Statement, audience: Audience, judge: Verifier, challenge: bytes | None) -> Subject:
    credential = Credential.issue(says, cast.ISSUER)
    code = Presentation.make(credential, cast.HOLDER, audience=audience, iat=cast.NOW, cnonce=challenge)
    return Subject(text=code.to_text(), kbt=code.raw, credential=credential.raw, verifier=judge, challenge=challenge)


def remade(code: Presentation) -> bytes:
    """The one spelling of what a code says, written by another hand from its meaning alone."""
    says = code.credential.says
    card: list[object] = [says.chip_tag, says.max_age, int(says.profile), says.fare]
    status = {"status_list": {"idx": says.status.idx, "uri": says.status.uri}}
    holder = {1: 2, -1: 1, -2: says.holder.x, -3: says.holder.y_is_odd}
    claims: dict[int, object] = {1: says.iss, 2: says.sub, 4: says.exp, 6: says.iat, 8: {1: holder}, 65535: status, -65537: card}
    claims |= {} if says.name is None else {-65538: says.name}
    claims |= {} if says.tail is None else {-65539: says.tail}
    header = {1: -9, 4: code.credential.kid, 16: 293}
    inner = loose.tag(18, [loose.wrap(header), {}, loose.wrap(claims), code.credential.raw[-64:]])
    own: dict[int, object] = {3: str(code.audience), 6: code.iat}
    own |= {} if code.cnonce is None else {39: code.cnonce}
    return loose.tag(18, [loose.wrap({1: -9, 13: inner, 16: 294}), {}, loose.wrap(own), code.raw[-64:]]).write()


def violation(subject: Subject, mutant: Mutant) -> str | None:
    """What is wrong with the terminal's answer to a mutant, if anything."""
    before = time.thread_time()
    try:
        verdict = subject.verifier.verify(mutant.text, at=AT, challenge=subject.challenge)
        verdict.to_json()
    except Exception as error:  # noqa: BLE001 - that nothing comes but a verdict is the question
        return f"raised {type(error).__name__}: {error}"
    if time.thread_time() - before > LONGEST and fastest_of_three(subject, mutant) > LONGEST:
        return "took too long"
    if not isinstance(verdict, Accepted):
        return None
    code = Presentation.from_text(mutant.text)
    if remade(code) != code.raw or PREFIX + base45.encode(code.raw) != mutant.text:
        return "accepted, though not in the one spelling"
    if not mutant.by_issuer and code.credential.raw not in {made.credential for made in subjects()}:
        return "accepted with a credential that the issuer did not make"
    if not mutant.by_holder and mutant.text not in {made.text for made in subjects()}:
        return "accepted, though not what the holder made"
    return None


def fastest_of_three(subject: Subject, mutant: Mutant) -> float:
    """Seconds of processor time, without the disturbance of a busy machine."""
    times = []
    for _ in range(3):
        before = time.thread_time()
        subject.verifier.verify(mutant.text, at=AT, challenge=subject.challenge)
        times.append(time.thread_time() - before)
    return min(times)


def peak(subject: Subject, mutant: Mutant) -> int:
    """Most bytes that judging a mutant takes."""
    tracemalloc.start()
    try:
        subject.verifier.verify(mutant.text, at=AT, challenge=subject.challenge)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
