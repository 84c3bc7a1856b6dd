"""Chip cases: what a terminal must answer to an inserted chip, as recorded from one (CHIP section 4.3, FORMATS section 2).

A terminal draws its challenge; a pack cannot ask a chip. So each case gives the challenge, the credential that was read and the answer that came, and a
maker feeds them to the part of the terminal that decides: `chips/<name>.json`, beside the cases of codes.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from codes.chipproof import ChipPurpose, ChipReport, ChipState
from codes.claims import EXP, IAT, Profile, StatusType
from codes.errors import SetupError
from codes.keys import ORDER
from codes.reasons import Reason
from webapp import faults
from webapp.pack.case import Expect, accepted, because, instant, seconds
from webapp.pack.cases.family import MALFORMED, named
from webapp.pack.places import CQ, DAY, NOW, SC

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from codes.keys import SoftwareSigner
    from webapp.pack.city import City
    from webapp.pack.forge import Draft

_SPEC = "FORMATS 2; CHIP 4.3"
_FORGED = because(Reason.HOLDER_SIGNATURE, 7)
_SCOPE = because(Reason.ISSUER_OUT_OF_SCOPE, 3)
_STOPPED = {
    StatusType.SUSPENDED: because(Reason.SUSPENDED, 10),
    StatusType.FROZEN: because(Reason.FROZEN, 10),
    StatusType.INVALID: because(Reason.REVOKED, 10),
}
_SAYS = {
    ChipState.SUSPENDED: because(Reason.SUSPENDED, 10),
    ChipState.FROZEN: because(Reason.FROZEN, 10),
    ChipState.CANCELLED: because(Reason.REVOKED, 10),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ChipCase:
    """One inserted chip at one instant (seconds since 1970 UTC)."""

    name: str
    scene: str
    at: int
    credential: bytes
    challenge: bytes
    answer: bytes
    expect: Expect
    comment: str

    def to_json(self) -> dict[str, Any]:
        """The case file."""
        read = {"credential": self.credential.hex(), "challenge": self.challenge.hex(), "answer": self.answer.hex()}
        return {"scene": self.scene, "at": instant(self.at), **read, "expect": self.expect.to_json(), "spec": _SPEC, "comment": self.comment}

    @classmethod
    def from_json(cls, name: str, found: dict[str, Any]) -> ChipCase:
        """Read a case file back. `KeyError` or `ValueError` for a file that is not one of ours."""
        read = {member: bytes.fromhex(found[member]) for member in ("credential", "challenge", "answer")}
        expect = Expect.from_json(found["expect"])
        return cls(name=name, scene=found["scene"], at=seconds(found["at"]), expect=expect, comment=found["comment"], **read)


def read_chip_cases(folder: Path) -> list[ChipCase]:
    """Every chip case of the pack in `folder`, by name. Raises `SetupError` pack-unreadable."""
    try:
        cases = [ChipCase.from_json(path.stem, json.loads(path.read_bytes())) for path in sorted((folder / "chips").glob("*.json"))]
    except (OSError, ValueError, KeyError, TypeError) as problem:
        raise SetupError(faults.PACK_UNREADABLE, folder=folder.name, problem=type(problem).__name__) from problem
    return cases


class _Chip:
    """A chip of the pack's city, which answers as it is told to."""

    def __init__(self, city: City, label: str, draft: Draft) -> None:
        self.city, self.label, self.credential = city, label, draft.credential()
        self.signer: SoftwareSigner = city.seed.signer(f"{label} holder")
        self.challenge = city.seed.derive(f"{label} terminal challenge", 32)
        self.report = ChipReport(
            purpose=ChipPurpose.PRESENCE,
            card_id=city.seed.derive(f"{label} card identification code", 16),
            counter=1 + city.seed.below(f"{label} counter", 500),
            seq=1,
            state=ChipState.ACTIVE,
            digest=city.seed.derive(f"{label} digest", 8),
            chip_random=city.seed.derive(f"{label} chip random", 8),
        )

    def answer(self, *, challenge: bytes | None = None, signer: SoftwareSigner | None = None, **changes: Any) -> bytes:
        report = replace(self.report, **changes)
        return report.body() + (signer or self.signer).sign(report.signed_bytes(self.challenge if challenge is None else challenge))

    def shown(self, name: str, expect: Expect, comment: str, *, answer: bytes | None = None, scene: str = "hospital", at: int = NOW) -> ChipCase:
        reply = self.answer() if answer is None else answer
        return ChipCase(
            name=named(name, expect),
            scene=scene,
            at=at,
            credential=self.credential,
            challenge=self.challenge,
            answer=reply,
            expect=expect,
            comment=comment,
        )


def chip_cases(city: City) -> list[ChipCase]:
    """Every chip case, in the order of the steps."""
    return [*_credentials(city), *_answers(city), *_states(city)]


def _chip(city: City, label: str, *, issuer: str = f"{CQ} chip", change: Callable[[Draft], Draft] = lambda draft: draft, **says: Any) -> _Chip:
    return _Chip(city, label, change(city.draft(label, issuer=issuer, profile=says.pop("profile", Profile.CHIP), **says)))


def _credentials(city: City) -> Iterator[ChipCase]:
    yes = accepted()
    yield _chip(city, "chip right").shown("chip_accepted", yes, "A chip that answers for itself.")
    chip = _chip(city, "chip sichuan", issuer=f"{SC} chip")
    yield chip.shown("chip_of_the_neighbour", yes, "Recognised here by a signed rule.")
    yield _chip(city, "chip at hall").shown("chip_at_the_hall", yes, "Another desk that reads chips.", scene="hall")
    not_here = because(Reason.NOT_RECOGNISED_HERE, 5)
    yield _chip(city, "chip at metro").shown(
        "chip_at_a_gate_without_reader", not_here, "The scene's rules say that it reads no chips.", scene="metro"
    )
    cut = replace(_chip(city, "chip cut").shown("chip_credential_cut", MALFORMED, "A byte short."))
    yield replace(cut, credential=cut.credential[:-1])
    chip = _chip(city, "chip phone", issuer=CQ, profile=Profile.GENERAL)
    yield chip.shown("chip_with_a_phones_credential", MALFORMED, "Profile 1 is shown by a phone, never by a chip.")
    unknown = because(Reason.UNKNOWN_ISSUER, 2)
    yield _chip(city, "chip stranger", issuer="stranger").shown("chip_unknown_issuer", unknown, "No such key in the trust set.")
    yield _chip(city, "chip by phone key", issuer=CQ).shown("chip_signed_by_a_phone_key", _SCOPE, "Phone keys sign no chips.")
    chip = _chip(city, "chip life", exp=NOW + 11 * 366 * DAY)
    yield chip.shown("chip_life_beyond_the_bound", _SCOPE, "Ten years and no more.")
    forged = because(Reason.ISSUER_SIGNATURE, 4)
    chip = _chip(city, "chip forged", change=lambda draft: draft.with_inner(after_signing=lambda made: bytes((made[0] ^ 1,)) + made[1:]))
    yield chip.shown("chip_issuer_signature", forged, "One bit of the issuer's signature.")
    expired = because(Reason.CREDENTIAL_EXPIRED, 6)
    chip = _chip(city, "chip expired", change=lambda draft: draft.with_claim(EXP, NOW // 3600 * 3600).with_claim(IAT, NOW - 900 * DAY))
    yield chip.shown("chip_expired", expired, "exp is the first bad second.")
    early = because(Reason.CREDENTIAL_NOT_YET_VALID, 6)
    yield _chip(city, "chip tomorrow", iat=NOW + DAY).shown("chip_not_yet_valid", early, "A day early.")


def _answers(city: City) -> Iterator[ChipCase]:
    chip = _chip(city, "chip answers")
    other = city.seed.signer("a stranger's chip")
    right = chip.answer()
    r, s = right[-64:-32], right[-32:]
    comment = "A chip does not normalise its signatures: both forms are right, unlike a phone's."
    for half, name in ((s, "chip_signature_as_made"), ((ORDER - int.from_bytes(s)).to_bytes(32), "chip_signature_twin")):
        yield chip.shown(name, accepted(), comment, answer=right[:-64] + r + half)
    for name, answer, comment in (
        ("chip_another_key", chip.answer(signer=other), "Everything readable was copied, and the key was not."),
        ("chip_recorded_answer", chip.answer(challenge=chip.challenge[::-1]), "An answer to the challenge of another day."),
        ("chip_answer_for_a_status", chip.answer(purpose=ChipPurpose.STATUS), "Signed for another purpose."),
        ("chip_answer_for_binding", chip.answer(purpose=ChipPurpose.BIND), "Signed for another purpose."),
        ("chip_answer_empty", b"", "No answer is no proof."),
        ("chip_answer_short", right[:-1], "A byte short."),
        ("chip_answer_long", right + b"\0", "A byte more."),
        ("chip_answer_zeros", bytes(len(right)), "Nothing."),
        ("chip_answer_version", b"\x02" + right[1:], "A version that is not known."),
        ("chip_answer_state", right[:26] + b"\x09" + right[27:], "A state that is not known."),
        ("chip_answer_body_changed", right[:18] + bytes((right[18] ^ 1,)) + right[19:], "The counter is under the signature."),
        ("chip_answer_r_zero", right[:-64] + bytes(32) + s, "r and s lie between 1 and the order."),
        ("chip_answer_s_order", right[:-64] + r + ORDER.to_bytes(32), "r and s lie between 1 and the order."),
    ):
        yield chip.shown(name, _FORGED, comment, answer=answer)


def _states(city: City) -> Iterator[ChipCase]:
    for status, expect in _STOPPED.items():
        word = status.name.lower()
        chip = _chip(city, f"chip listed {word}", status=status)
        yield chip.shown(f"chip_listed_{word}", expect, "The list stops it, whatever the chip says of itself.")
    for state, expect in _SAYS.items():
        word = state.name.lower()
        chip = _chip(city, f"chip says {word}")
        comment = "The chip knows of a stop that the list has not brought yet: believed at once."
        yield chip.shown(f"chip_says_{word}", expect, comment, answer=chip.answer(state=state, seq=2))
    chip = _chip(city, "chip both stopped", status=StatusType.FROZEN)
    yield chip.shown(
        "chip_says_suspended_listed_frozen",
        because(Reason.SUSPENDED, 10),
        "The chip's word comes first.",
        answer=chip.answer(state=ChipState.SUSPENDED),
    )
    old = NOW + 5 * 3600
    check, stale = because(Reason.CHECK_ONLINE, 10), because(Reason.STATUS_STALE, 10)
    yield _chip(city, "chip aging").shown("chip_with_an_old_list", check, "Beyond what this desk may decide by itself.", at=old)
    yield _chip(city, "chip stale").shown("chip_with_a_stale_list", stale, "Nobody can say.", at=NOW + 2 * DAY)
    chip = _chip(city, "chip stopped stale")
    answer = chip.answer(state=ChipState.SUSPENDED)
    yield chip.shown(
        "chip_says_suspended_to_a_stale_list", because(Reason.SUSPENDED, 10), "A stale list must not turn this no into doubt.", answer=answer, at=old
    )
    young = _chip(city, "chip young", iat=NOW // 3600 * 3600)
    yield young.shown("chip_made_after_the_list", check, "A chip is no evidence of its own status, however young.", at=old)
