"""Two people for what needs two: exactly what was proposed, once, by another person (threats F03, F04)."""

from __future__ import annotations

import secrets
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from codes.errors import CardError
from ecard import faults, officechain, schema
from ecard.access import approving, proposals
from ecard.access.proposals import Outcome
from ecard.lifecycle import RULES, Command
from ecard.model import HoldKind, Role
from tests.ecard.city import CLERK, SC, SECOND_CLERK, SUPERVISOR, City, refused
from tests.ecard.reception import Reception
from tests.ecard.stops import UNFREEZE, Case
from tests.ecard.test_access_signing_in import bad

if TYPE_CHECKING:
    from ecard.access.proposals import Proposal
    from ecard.model import Actor

ASKED = {"evidence": UNFREEZE}


@pytest.fixture
def case(city: City) -> Case:
    case = Case(city)
    case.freeze(actor=CLERK)
    return case


def propose(case: Case, **changes: Any) -> Proposal:
    said = {"revision": case.now.card.revision, "actor": CLERK, "at": case.city.at, **changes}
    return approving.propose(case.city.office, Command.UNFREEZE, case.ref, said.pop("asked", ASKED), **said)


def approve(case: Case, made: Proposal, actor: Actor = SECOND_CLERK, **changes: Any) -> Any:
    return approving.approve(case.city.office, made.ref, **{"digest": made.digest, "actor": actor, "at": case.city.at, **changes})


def frozen(case: Case) -> bool:
    return any(hold.kind is HoldKind.FREEZE and hold.in_force(int(case.city.at.timestamp())) for hold in case.now.holds)


def test_every_command_that_needs_two_people_can_be_proposed() -> None:
    assert approving.METHODS.keys() == {command for command, rule in RULES.items() if rule.class_a}


@pytest.mark.threat("F03")
@pytest.mark.threat("F04")
def test_one_proposes_another_approves_and_exactly_that_is_done_with_an_act_for_each(case: Case) -> None:
    made = propose(case)
    assert frozen(case)
    assert [each.ref for each in approving.waiting(case.city.office, actor=SUPERVISOR, at=case.city.at)] == [made.ref]
    shown, asked = approving.show(case.city.office, made.ref, actor=SECOND_CLERK)
    assert (shown.digest, asked, shown.articles) == (made.digest, ASKED, RULES[Command.UNFREEZE].articles)
    before = case.now.card.revision
    stopped = approve(case, made)
    assert not frozen(case)
    assert stopped.receipt is not None
    event = case.city.office.events(case.ref)[-1]
    assert (event.command, event.person, case.now.card.revision) == ("unfreeze", "staff-2", before + 1)
    with case.city.office.store.reading() as work:
        assert [(act.act, act.person) for act in officechain.acts_of(work, made.ref)] == [("propose", "staff-1"), ("proposal-approved", "staff-2")]
    assert approving.waiting(case.city.office, actor=SUPERVISOR, at=case.city.at) == []
    assert bad(case.city) == set()


# ------------------------------------------------------------------------------------------------------------- another person

ACCOUNTS: dict[str, dict[str, Any]] = {
    "the same account": {},
    "a second account": {"ref": "clerk-99"},
    "a second account in another role": {"ref": "clerk-99", "role": Role.CLERK},
    "the account renamed": {"ref": "lead-1-b"},
    "the number in capitals": {"ref": "lead-99", "person": "STAFF-5"},
    "the number in full width": {"ref": "lead-99", "person": "ｓｔａｆｆ-５"},
    "the number with a blank": {"ref": "lead-99", "person": " staff-5"},
    "at a joint desk": {"ref": "lead-99", "joint_desk": True},
}


@pytest.mark.threat("F03")
@pytest.mark.parametrize("change", ACCOUNTS.values(), ids=ACCOUNTS)
def test_no_account_of_the_proposer_approves(case: Case, change: dict[str, Any]) -> None:
    made = propose(case, actor=SUPERVISOR)
    with refused(faults.SAME_PERSON):
        approve(case, made, replace(SUPERVISOR, **change))
    assert frozen(case)
    assert case.city.office.events(case.ref)[-1].command == "freeze"


@pytest.mark.threat("F03")
def test_an_account_that_was_another_persons_approves_and_proposes_nothing(case: Case) -> None:
    Reception.of(case.city).everybody()
    made = propose(case)
    reactivated = replace(SECOND_CLERK, person="staff-77")  # clerk-2 was staff-2's, left the list, and is there again
    with refused(faults.OPERATOR_PERSON):
        approve(case, made, reactivated)
    with refused(faults.OPERATOR_PERSON):
        propose(case, actor=reactivated)
    approve(case, made)


@pytest.mark.threat("F03")
def test_whoever_took_the_step_before_proposes_and_never_approves(case: Case) -> None:
    made = propose(case, actor=SUPERVISOR)
    with refused(faults.SAME_PERSON):  # staff-1 placed the freeze: the record's own rule
        approve(case, made, CLERK)
    assert approving.show(case.city.office, made.ref, actor=CLERK)[0].outcome is None  # and the proposal waits on
    approve(case, made, SECOND_CLERK)


@pytest.mark.threat("F03")
@pytest.mark.error("same-device")
def test_two_accounts_at_one_device_are_not_two_people(case: Case) -> None:
    made = propose(case, device="d" * 32)
    with refused(faults.SAME_DEVICE):
        approve(case, made, device="d" * 32)
    approve(case, made, device="e" * 32)


@pytest.mark.threat("F03")
@pytest.mark.parametrize("role", [role for role in Role if role not in {Role.CLERK, Role.SUPERVISOR}])
def test_only_desks_propose_and_approve(case: Case, role: Role) -> None:
    other = replace(SECOND_CLERK, role=role)
    with refused(faults.NOT_PERMITTED):
        propose(case, actor=other)
    with refused(faults.NOT_PERMITTED):
        approve(case, propose(case), other)


# ------------------------------------------------------------------------------------------------------------- exactly this, once


@pytest.mark.threat("F04")
@pytest.mark.error("proposal-differs")
def test_a_digest_of_anything_else_approves_nothing(case: Case) -> None:
    made, other = propose(case), propose(case)
    for digest in (other.digest, bytes(32), b"", made.digest[:-1], made.digest + b"\0"):
        with refused(faults.PROPOSAL_DIFFERS):
            approve(case, made, digest=digest)
    approve(case, made)


@pytest.mark.threat("F04")
def test_every_field_is_in_the_digest(case: Case) -> None:
    made = propose(case)
    changes: dict[str, Any] = {
        "ref": "0" * 32,
        "command": "cancel",
        "region": SC,
        "card": "1" * 32,
        "revision": 99,
        "articles": ("X",),
        "witness": "staff-9",
    }
    changes |= {"proposed": 1, "proposed_by": "x", "proposed_person": "x", "proposed_role": Role.INTAKE, "expires": 1}
    request = made.request or b""
    digests = [proposals.digest_of(replace(made, **{name: value}), request) for name, value in changes.items()]
    digests += [
        proposals.digest_of(made, request),
        proposals.digest_of(made, request + b" "),
        proposals.digest_of(replace(made, articles=()), request),
    ]
    assert len(set(digests)) == len(digests)


@pytest.mark.threat("F04")
@pytest.mark.error("proposal-over")
def test_an_approval_counts_once_and_within_its_day(case: Case) -> None:
    made = propose(case)
    approve(case, made)
    case.freeze(actor=CLERK)
    with refused(faults.PROPOSAL_OVER, outcome="approved"):
        approve(case, made)
    late = propose(case)
    case.city.later(seconds=proposals.LIFE)
    assert approving.waiting(case.city.office, actor=SUPERVISOR, at=case.city.at) == []
    with refused(faults.PROPOSAL_OVER, outcome="expired"):
        approve(case, late)
    with case.city.office.store.writing() as work:
        assert proposals.expire(work, at=int(case.city.at.timestamp()), limit=10) == 1
    assert approving.show(case.city.office, late.ref, actor=CLERK) == (replace(late, request=None, outcome=Outcome.EXPIRED, **decided(case)), {})
    assert frozen(case)
    assert bad(case.city) == set()


def decided(case: Case) -> dict[str, Any]:
    return {"decided": int(case.city.at.timestamp()), "decided_by": "access", "decided_person": "access"}


@pytest.mark.threat("F04")
def test_two_who_approve_at_once_do_it_once(case: Case) -> None:
    office = replace(case.city.office, entropy=secrets.token_bytes)
    made = propose(case)

    def attempt(actor: Actor) -> str:
        try:
            approving.approve(office, made.ref, digest=made.digest, actor=actor, at=case.city.at)
        except CardError as error:
            return error.code
        return "done"

    with ThreadPoolExecutor(2) as pool:
        done, other = sorted(pool.map(attempt, (SECOND_CLERK, SUPERVISOR)))
    assert (done, other in {"proposal-over", "record-conflict", "stale-revision"}) == ("done", True)
    assert [event.command for event in case.city.office.events(case.ref)].count("unfreeze") == 1


@pytest.mark.threat("F04")
def test_a_card_that_changed_since_is_to_be_looked_at_again(case: Case) -> None:
    made = propose(case)
    case.report()
    with refused(faults.STALE_REVISION):
        approve(case, made)
    with refused(faults.STALE_REVISION):
        propose(case, revision=made.revision)
    approve(case, propose(case))


def test_sent_again_under_its_key_an_approval_answers_what_it_answered(case: Case) -> None:
    once = case.city.office.once("k" * 32)
    first = approving.propose(once, Command.UNFREEZE, case.ref, ASKED, revision=case.now.card.revision, actor=CLERK, at=case.city.at)
    case.city.later(seconds=5)
    again = approving.propose(once, Command.UNFREEZE, case.ref, ASKED, revision=first.revision or 0, actor=CLERK, at=case.city.at)
    assert again == first
    answers = [
        approving.approve(case.city.office.once("a" * 32), first.ref, digest=first.digest, actor=SECOND_CLERK, at=case.city.at) for _ in range(2)
    ]
    assert answers[0] == answers[1]


@pytest.mark.error("proposal-unknown")
def test_another_region_sees_nothing_of_it(case: Case) -> None:
    made = propose(case)
    foreign = replace(SUPERVISOR, ref="lead-3", person="staff-7", region=SC)
    for act in (
        lambda: approving.show(case.city.office, made.ref, actor=foreign),
        lambda: approve(case, made, foreign),
        lambda: approving.decline(case.city.office, made.ref, actor=foreign, at=case.city.at),
        lambda: approving.show(case.city.office, proposals.ProposalRef("no such one"), actor=CLERK),
    ):
        with refused(faults.PROPOSAL_UNKNOWN):
            act()
    assert approving.waiting(case.city.office, actor=foreign, at=case.city.at) == []
    with refused(faults.OTHER_REGION):
        propose(case, actor=foreign)


def test_a_proposal_is_turned_down_or_taken_back_and_its_request_is_gone(case: Case) -> None:
    for actor in (SECOND_CLERK, CLERK):
        made = propose(case)
        assert approving.decline(case.city.office, made.ref, actor=actor, at=case.city.at).outcome is Outcome.DECLINED
        with refused(faults.PROPOSAL_OVER):
            approve(case, made)
    with case.city.office.store.reading() as work:
        assert work.connection.execute(sa.select(schema.proposal.c.sealed)).scalars().all() == [None, None]
    assert bad(case.city) == set()
