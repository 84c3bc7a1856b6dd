"""Two hundred thousand mutants: none accepted but different, none unanswered, none dear."""

from __future__ import annotations

import pytest

from codes.credential import Credential
from codes.presentation import Presentation
from tests.fuzz import campaign, judge
from tests.fuzz.judge import Mutant
from tests.vectors import cast, loose
from tests.vectors.cast import CodeTree

MUTANTS, SHARES = 200_000, 8


def test_every_subject_is_accepted_as_it_is() -> None:
    assert len(judge.subjects()) == 24
    for subject in judge.subjects():
        verdict = subject.verifier.verify(subject.text, at=judge.AT, challenge=subject.challenge).to_json()
        assert verdict["verdict"] == "accepted", verdict


@pytest.mark.threat("B02")
@pytest.mark.threat("B10")
@pytest.mark.parametrize("share", range(SHARES))
def test_no_mutant_is_accepted_but_different_nor_unanswered_nor_dear(share: int) -> None:
    result = campaign.run(MUTANTS // SHARES, seed=1000 + share)
    assert result.examples == []
    assert result.violations == 0
    assert result.weighed > 100
    assert len(result.kinds) > 20


def test_the_judge_sees_an_accepted_twin() -> None:
    """The oracle itself: a code that its holder made later is accepted, and is not what was made before."""
    subject = judge.subjects()[0]
    credential = Credential.from_bytes(subject.credential)
    later = Presentation.make(credential, cast.HOLDER, audience=Presentation.from_text(subject.text).audience, iat=cast.NOW + 1).to_text()
    assert judge.violation(subject, Mutant("later", later)) == "accepted, though not what the holder made"
    assert judge.violation(subject, Mutant("later", later, by_holder=True)) is None
    other = Credential.issue(cast.statement(sub="stranger", fare=1), cast.ISSUER)
    text = Presentation.make(other, cast.HOLDER, audience=Presentation.from_text(later).audience, iat=cast.NOW).to_text()
    assert judge.violation(subject, Mutant("other", text, by_holder=True)) == "accepted with a credential that the issuer did not make"
    assert judge.violation(subject, Mutant("other", text, by_holder=True, by_issuer=True)) is None


def test_the_judge_writes_a_code_from_its_meaning_alone() -> None:
    for subject in judge.subjects():
        assert judge.remade(Presentation.from_text(subject.text)) == subject.kbt


def test_the_same_seed_makes_the_same_mutants() -> None:
    first, second = (campaign.run(300, seed=7) for _ in range(2))
    assert first.kinds == second.kinds
    assert campaign.run(300, seed=8).kinds != first.kinds


def test_a_change_signed_by_its_owners_is_really_signed() -> None:
    subject = judge.subjects()[0]
    tree = CodeTree(root=loose.read(subject.kbt))
    tree.claims.put(6, cast.NOW + 2)
    text = tree.resealed().text()
    assert judge.violation(subject, Mutant("moved", text, by_holder=True)) is None
    assert subject.verifier.verify(text, at=judge.AT).to_json()["verdict"] == "accepted"
