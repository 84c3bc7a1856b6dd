"""The three answers of a terminal. What a code says about its holder exists only inside `Accepted`: there is nothing to read by mistake elsewhere."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

from codes import reasons
from codes.errors import Fact, SetupError, Text
from codes.reasons import Reason

if TYPE_CHECKING:
    from collections.abc import Mapping

    from codes.claims import Profile
    from codes.credential import Statement
    from codes.errors import CardError, Fault
    from codes.reasons import Note
    from codes.scenes import SceneRules


class _ThreeAnswers:
    """Neither yes nor no by itself: a verdict has three answers, so `if verdict:` would always be wrong."""

    __slots__ = ()

    def __bool__(self) -> NoReturn:
        msg = "a verdict is accepted, refused or inconclusive: match on its type"
        raise TypeError(msg)


class Claims(NamedTuple):
    """What an accepted code says."""

    iss: str
    sub: str
    profile: Profile
    fare: int | None
    """Fare class, only where the scene has fares."""
    name: str | None
    """Masked name, only in an identity code."""
    tail: str | None

    @classmethod
    def of(cls, says: Statement, scene: SceneRules) -> Claims:
        """What `scene` may learn of a believed statement."""
        fare = None if scene.fares is None else says.fare
        return cls(iss=says.iss, sub=says.sub, profile=says.profile, fare=fare, name=says.name, tail=says.tail)


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted(_ThreeAnswers):
    """The code is believed, here and now."""

    claims: Claims
    notes: tuple[Note, ...]
    as_of: int
    """Evidence time of the good status, seconds since 1970 UTC."""
    age: int
    """Seconds between the evidence and now."""

    @classmethod
    def of(cls, says: Statement, scene: SceneRules, *, notes: tuple[Note, ...], as_of: int, now: int) -> Accepted:
        """The yes of `scene` to a believed statement at `now`, on evidence of `as_of` (both in seconds since 1970 UTC)."""
        return cls(claims=Claims.of(says, scene), notes=notes, as_of=as_of, age=max(0, now - as_of))

    def to_json(self) -> dict[str, Any]:
        """The object of FORMATS section 5. Of several notes the last gives the look, and staff read all."""
        entries = [reasons.NOTES[note] for note in self.notes] or [reasons.ACCEPTED]
        claims = self.claims
        identity = {} if claims.name is None else {"name": claims.name, "tail": claims.tail}
        return {
            "verdict": str(entries[-1].outcome),
            "reason": None,
            "number": reasons.ACCEPTED.number,
            "notes": [str(note) for note in self.notes],
            "iss": claims.iss,
            "profile": int(claims.profile),
            "fare": claims.fare,
            "as_of": instant(self.as_of),
            "status_age_s": self.age,
            "step": None,
            "hint": _joined([entry.action for entry in entries], "", " ")._asdict(),
            **identity,
            **_display(entries[-1], _joined([entry.staff for entry in entries], "；", "; ")),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class _NotAccepted(_ThreeAnswers):
    reason: Reason
    step: int
    """The numbered step of the decision that ended it."""
    fault: Fault
    facts: Mapping[str, Fact] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """The object of FORMATS section 5; `code` and `facts` say exactly what was found."""
        entry = reasons.TABLE[self.reason]
        as_of = self.facts.get("as_of")
        return {
            "verdict": str(entry.outcome),
            "reason": str(self.reason),
            "number": entry.number,
            "notes": [],
            "iss": None,
            "profile": None,
            "fare": None,
            "as_of": instant(as_of) if isinstance(as_of, int) else None,
            "status_age_s": self.facts.get("age_s") if as_of is not None else None,
            "step": self.step,
            "hint": entry.action._asdict(),
            "code": self.fault.code,
            "facts": dict(self.facts),
            **_display(entry, _measured(entry.staff, self.facts)),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused(_NotAccepted):
    """The code is wrong, or not for here and now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inconclusive(_NotAccepted):
    """The terminal cannot tell. Doubt is not yes."""


Verdict = Accepted | Refused | Inconclusive


def not_accepted(error: CardError, *, step: int, otherwise: Reason = Reason.MALFORMED) -> Refused | Inconclusive:
    """The verdict that an error at `step` means: a `SetupError` is ours and so inconclusive, every other refuses.

    `otherwise` is the reason of a refusal whose fault names none.
    """
    if isinstance(error, SetupError):
        return Inconclusive(reason=error.fault.reason or Reason.TERMINAL_NOT_READY, step=step, fault=error.fault, facts=error.facts)
    return Refused(reason=error.fault.reason or otherwise, step=step, fault=error.fault, facts=error.facts)


def duration(seconds: int) -> Text:
    """A length of time as people say it, in the largest unit that has at least two of it: 47 秒, 4 分钟, 3 小时, 6 天."""
    for size, zh, en in ((86400, "天", "days"), (3600, "小时", "hours"), (60, "分钟", "minutes")):
        if seconds >= 2 * size:
            return Text(f"{seconds // size} {zh}", f"{seconds // size} {en}")
    return Text(f"{seconds} 秒", f"{seconds} second{'' if seconds == 1 else 's'}")


def instant(seconds: int) -> str:
    """A time as it is written for programs, in UTC."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _measured(staff: Text, facts: Mapping[str, Fact]) -> Text:
    """The staff text with the difference that was measured, where there is one."""
    for fact, zh, en in (("ahead_s", "约", "by about"), ("late_s", "超过", "over by"), ("behind_s", "慢了", "behind by")):
        seconds = facts.get(fact)
        if isinstance(seconds, int):
            words = duration(seconds)
            return Text(f"{staff.zh}（{zh} {words.zh}）", f"{staff.en} ({en} {words.en})")
    return staff


def _joined(texts: list[Text], zh: str, en: str) -> Text:
    """Several texts as one, with what stands between two of them in each language."""
    return Text(zh.join(text.zh for text in texts), en.join(text.en for text in texts))


def _display(entry: reasons.Entry, staff: Text) -> dict[str, Any]:
    return {"colour": str(entry.colour), "tone": str(entry.tone), "public": entry.public._asdict(), "staff": staff._asdict()}
