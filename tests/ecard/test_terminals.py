"""Journals, as the record takes them in: each entry once, nothing believed without proof, questions for people and no automatic stop."""

from __future__ import annotations

from dataclasses import replace

import pytest

from codes.claims import Audience, Profile
from codes.errors import InputError
from codes.journal import ChipShown, Entry
from codes.keys import SoftwareSigner
from codes.presentation import Presentation
from codes.upload import Upload
from ecard import faults
from ecard.lifecycle import RULES, Command
from ecard.model import FindingDecision, FindingKind, Place
from ecard.stopping import LossOf
from ecard.terminals import findings
from tests.ecard.city import AT, CLERK, CQ, NOW, SC, SUPERVISOR, City, key, refused
from tests.ecard.gates import CHENGDU, CHONGQING, Gate, gate, holder, kinds, opening, passage


@pytest.fixture
def station(city: City) -> City:
    """A city that opens its terminals' journals."""
    return opening(city)


# ------------------------------------------------------------------------------------------------------------------- intake


@pytest.mark.threat("C13")
def test_an_upload_sent_again_or_overlapping_counts_once(station: City) -> None:
    at_gate = gate(station)
    first = at_gate.entries(Entry("-", 1, NOW, "metro", 1), Entry("-", 1, NOW, "metro", 1))
    both = Upload(first.head, first.runs)
    office = station.office
    assert office.take_journal(both.to_bytes(), at=AT).taken == 2
    for _ in range(3):
        assert office.take_journal(both.to_bytes(), at=AT) == replace(office.take_journal(both.to_bytes(), at=AT))
    assert office.take_journal(both.to_bytes(), at=AT).taken == 0
    second = at_gate.entries(Entry("-", 1, NOW, "metro", 1))
    overlapping = Upload(second.head, [*first.runs, *second.runs])
    assert (office.take_journal(overlapping.to_bytes(), at=AT).taken, office.terminals()[0][1].seq) == (1, 3)


@pytest.mark.threat("C14")
@pytest.mark.error("journal-gap")
def test_a_gap_is_answered_with_where_to_go_on(station: City) -> None:
    at_gate = gate(station)
    at_gate.entries(Entry("-", 1, NOW, "metro", 1))
    with refused(faults.JOURNAL_GAP, next=1, first=2):
        at_gate.report(Entry("-", 1, NOW, "metro", 1))


@pytest.mark.threat("C14")
@pytest.mark.error("journal-forked")
def test_another_story_than_the_one_sent_before_is_refused_and_somebody_is_asked_to_look(station: City) -> None:
    at_gate = gate(station)
    at_gate.report(Entry("-", 1, NOW, "metro", 1))
    rewound = Gate(station, "T-1", at_gate.signer)
    story = rewound.entries(Entry("-", 1, NOW + 1, "metro", 1), Entry("-", 1, NOW, "metro", 2))
    with refused(faults.JOURNAL_FORKED):
        station.office.take_journal(story.to_bytes(), at=AT)
    assert [finding.kind for finding in station.office.findings()[0]] == [FindingKind.FORKED]


@pytest.mark.threat("C09")
@pytest.mark.error("terminal-ended")
def test_nothing_is_taken_from_strangers_other_keys_and_ended_terminals(station: City) -> None:
    at_gate = gate(station)
    upload = at_gate.entries(Entry("-", 1, NOW, "metro", 1)).to_bytes()
    stranger = Gate(station, "T-9", key("stranger")).entries(Entry("-", 1, NOW, "metro", 1)).to_bytes()
    with refused(faults.TERMINAL_UNKNOWN):
        station.office.take_journal(stranger, at=AT)
    for name in ("T-1\x00", "终端"):  # no database is asked for what no terminal can be called
        with refused(faults.TERMINAL_UNKNOWN):
            station.office.take_journal(Gate(station, name, key("stranger")).entries(Entry("-", 1, NOW, "metro", 1)).to_bytes(), at=AT)
    forged = Gate(station, "T-1", key("stranger")).entries(Entry("-", 1, NOW, "metro", 1)).to_bytes()
    with pytest.raises(InputError) as wrong:
        station.office.take_journal(forged, at=AT)
    assert wrong.value.code == "journal-signature"
    station.office.end_terminal("T-1", actor=SUPERVISOR, at=AT)
    with refused(faults.TERMINAL_ENDED):
        station.office.take_journal(upload, at=AT)


@pytest.mark.error("journal-no-key")
def test_a_host_without_the_journal_key_says_so(city: City) -> None:
    at_gate = gate(city)
    with refused(faults.JOURNAL_NO_KEY, region=CQ):
        at_gate.report(Entry("-", 1, NOW, "metro", 1))


# ----------------------------------------------------------------------------------------------------------------- findings


def test_an_ordinary_day_leaves_nothing_to_look_at(station: City) -> None:
    at_gate = gate(station)
    _, phone, credential = holder(station)
    taken = at_gate.report(passage(phone, credential), Entry("-", 1, NOW, "metro", 4, None, passage(phone, credential).shown, NOW))
    assert (taken.taken, taken.findings) == (2, ())


@pytest.mark.threat("A03")
def test_one_code_at_two_gates_is_found_when_the_journals_meet_and_the_card_goes_on(station: City) -> None:
    card, phone, credential = holder(station)
    here, there = gate(station, "T-1"), gate(station, "T-2")
    shown = passage(phone, credential)
    assert kinds(here.report(shown)) == []
    taken = there.report(shown._replace(at=NOW + 20))
    assert kinds(taken) == [FindingKind.DOUBLE_USE]
    (finding,) = taken.findings
    assert (finding.other_terminal, finding.other_seq, finding.card, finding.measured) == ("T-1", 1, card.card.ref, 20)
    assert len(station.office.findings(region=CQ)[0]) == 1
    assert station.office.findings(region=SC) == ([], None)
    assert station.office.card(card.card.ref) == station.office.card(card.card.ref)
    assert not station.office.card(card.card.ref).holds  # never an automatic stop


def test_a_passage_that_the_gate_took_back_was_none(station: City) -> None:
    _, phone, credential = holder(station)
    here, there = gate(station, "T-1"), gate(station, "T-2")
    shown = passage(phone, credential)
    here.report(shown, Entry("-", 2, NOW + 5, "metro", None, released=1))
    assert kinds(there.report(shown._replace(at=NOW + 20))) == []


def test_a_passage_taken_back_accuses_nobody_in_whatever_order_the_journals_come(station: City) -> None:
    _, phone, credential = holder(station)
    here, there, late = gate(station, "T-1"), gate(station, "T-2"), gate(station, "T-3")
    shown = passage(phone, credential)
    here.report(shown)
    taken = there.report(shown._replace(at=NOW + 20), Entry("-", 2, NOW + 25, "metro", None, released=1))
    assert kinds(taken) == []
    assert kinds(late.report(shown._replace(at=NOW + 40))) == [FindingKind.DOUBLE_USE]
    late.report(Entry("-", 2, NOW + 45, "metro", None, released=1))
    assert station.office.findings() == ([], None)


def test_two_gates_of_one_station_are_no_journey_however_their_clocks_stand(station: City) -> None:
    _, phone, credential = holder(station)
    around_the_corner = Place(latitude=CHONGQING.latitude + 3_000, longitude=CHONGQING.longitude)  # 330 metres
    here, there = gate(station, "T-1"), gate(station, "T-2", place=around_the_corner)
    here.report(passage(phone, credential))
    assert kinds(there.report(passage(phone, credential, at=NOW + 60))) == []


def test_nobody_travels_from_chongqing_to_chengdu_in_ten_minutes(station: City) -> None:
    _, phone, credential = holder(station)
    here, there, nearby = gate(station, "T-1"), gate(station, "T-2", place=CHENGDU), gate(station, "T-3", place=None)
    station.later(hours=3)
    here.report(passage(phone, credential))
    assert kinds(nearby.report(passage(phone, credential, at=NOW + 400))) == []
    taken = there.report(passage(phone, credential, at=NOW + 600))
    assert kinds(taken) == [FindingKind.IMPOSSIBLE_JOURNEY]
    assert taken.findings[0].measured is not None
    assert 300 < taken.findings[0].measured < 400
    assert kinds(there.report(passage(phone, credential, at=NOW + 2 * 3600))) == []


@pytest.mark.threat("C09")
def test_made_up_passages_are_found(station: City) -> None:
    at_gate = gate(station)
    _, phone, credential = holder(station)
    real = passage(phone, credential)
    assert isinstance(real.shown, bytes)
    stranger = SoftwareSigner.from_scalar(5)
    never_issued = type(credential).issue(credential.says._replace(holder=stranger.public_key), key(f"{CQ} phone"))
    forged = Presentation.make(never_issued, stranger, audience=Audience.GENERAL, iat=NOW).raw
    wrong = real.shown[:-1] + bytes([real.shown[-1] ^ 1])
    taken = at_gate.report(
        Entry("-", 1, NOW, "metro", 0, NOW, None, NOW), real._replace(shown=wrong), real._replace(shown=b"nothing"), real._replace(shown=forged)
    )
    assert kinds(taken) == [FindingKind.FABRICATED] * 4
    refused_there = [real._replace(shown=shown, number=5, as_of=None) for shown in (wrong, forged)]
    assert kinds(at_gate.report(*refused_there)) == []  # forgeries that the gate refused


def test_a_chip_is_checked_by_its_answer(station: City) -> None:
    at_gate = gate(station)
    card, chip = station.card(4)
    from codes.chipproof import ChipPurpose

    made = station.office.credentials(card.card.ref)[0]
    assert made.profile is Profile.CHIP
    challenge = bytes(32)
    unknown = ChipShown(b"credential", chip.answer(ChipPurpose.PRESENCE, challenge), challenge)
    assert kinds(at_gate.report(Entry("-", 1, NOW, "metro", 0, NOW, unknown, NOW))) == [FindingKind.FABRICATED]


@pytest.mark.threat("C03")
def test_an_acceptance_against_the_terminals_own_list_is_found(station: City) -> None:
    at_gate = gate(station)
    card, phone, credential = holder(station)
    lost = station.later(minutes=30)
    station.office.report_loss(card.card.ref, of=LossOf.CARD, actor=CLERK, evidence=RULES[Command.REPORT_LOSS].evidence, at=lost)
    when = int(lost.timestamp())
    older = passage(phone, credential, at=when + 60, head=when - 1)
    newer = passage(phone, credential, at=when + 90, head=when + 1)
    taken = at_gate.report(older, newer)
    assert [(finding.kind, finding.seq, finding.measured) for finding in taken.findings] == [(FindingKind.AGAINST_NEWER_LIST, 2, 90)]
    another = passage(phone, credential, at=when + 120, head=when + 1)
    assert kinds(at_gate.report(another._replace(as_of=when - 1))) == []  # the newest list was another one: this card's is older


def test_times_that_cannot_be_are_found(station: City) -> None:
    at_gate = gate(station)
    _, phone, credential = holder(station)
    late = passage(phone, credential, at=NOW, made=NOW - 900)
    ahead = Entry("-", 1, NOW + 900, "metro", 1)
    elsewhere = Entry("-", 1, NOW, "library", 1)
    at_gate.dropped = 3
    taken = at_gate.report(late, ahead, elsewhere)
    assert kinds(taken) == [FindingKind.OUTSIDE_WINDOW, FindingKind.CLOCK_AHEAD, FindingKind.OTHER_SCENE, FindingKind.NOT_WRITTEN]
    assert [finding.measured for finding in taken.findings] == [900, 900, None, 3]


def test_a_code_of_a_region_whose_record_is_elsewhere_is_not_called_false(station: City) -> None:
    at_gate = gate(station)
    _, phone, credential = holder(station)
    foreign = credential.says._replace(iss="CN-GZ", holder=SoftwareSigner.from_scalar(5).public_key)
    shown = Presentation.make(type(credential).issue(foreign, key("GZ")), SoftwareSigner.from_scalar(5), audience=Audience.GENERAL, iat=NOW)
    assert kinds(at_gate.report(passage(phone, credential)._replace(shown=shown.raw))) == []


def test_findings_are_read_by_pages_each_of_them_once(station: City) -> None:
    gate(station)
    with station.office.store.writing() as work:
        for seq in range(1, 8):
            findings.note(work, station.office.entropy, FindingKind.CLOCK_AHEAD, "T-1", seq, now=NOW + seq // 4)
        whole, none = findings.open_findings(work, region=CQ)
        assert findings.count_open(work, region=CQ) == len(whole) == 7
        assert findings.count_open(work, region=SC) == 0
        for nowhere in ("", "none", f"{NOW}-x", f"x-{whole[0].ref}"):
            with refused(faults.CURSOR_UNKNOWN):
                findings.open_findings(work, cursor=nowhere)
    assert none is None
    for size in (1, 3, 7):
        with station.office.store.reading() as work:
            pages, cursor = findings.open_findings(work, most=size)
            while cursor is not None:
                found, cursor = findings.open_findings(work, cursor=cursor, most=size)
                pages += found
        assert pages == whole


@pytest.mark.error("finding-unknown")
def test_a_person_closes_a_finding_and_the_office_remembers_who(station: City) -> None:
    at_gate = gate(station)
    at_gate.report(Entry("-", 1, NOW, "library", 1))
    ((finding,), _) = station.office.findings()
    with refused(faults.NOT_PERMITTED):
        station.office.decide_finding(finding.ref, FindingDecision.EXPLAINED, actor=replace(CLERK, region=None), at=AT)
    with refused(faults.FINDING_UNKNOWN):
        station.office.decide_finding(finding.ref, FindingDecision.EXPLAINED, actor=replace(CLERK, region=SC), at=AT)
    done = station.office.decide_finding(finding.ref, FindingDecision.EXPLAINED, actor=CLERK, at=AT)
    assert (done.decision, done.decided_person) == (FindingDecision.EXPLAINED, CLERK.person)
    assert station.office.findings() == ([], None)
    with refused(faults.FINDING_UNKNOWN):
        station.office.decide_finding(finding.ref, FindingDecision.EXPLAINED, actor=CLERK, at=AT)
