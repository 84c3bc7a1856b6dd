"""What anybody may say, and the answer that is owed: taken from whoever it is, sealed, answered in time, told to whoever has number and word."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from ecard import faults, officechain, schema
from ecard.check.office import check_office
from ecard.model import Actor, Role, seconds
from ecard.outbox import Topic
from ecard.retention import retain
from ecard.tick import tick
from ecard.tickets import taking, words
from ecard.tickets.answering import LateTickets
from ecard.tickets.finding import MANY_PEOPLE, Wrong
from ecard.tickets.kinds import CATEGORIES, CHANNELS, OUTCOMES, Category, Channel, Outcome, Statement, Taken
from tests.ecard.city import CLERK, CQ, SC, SC_CLERK, SECOND_CLERK, SUPERVISOR, WORKSHOP, City, Stream, refused

HOTLINE = Actor(ref="line-1", person="staff-9", role=Role.HOTLINE, region=CQ)
TEXT = "8 路公交司机说只认纸质卡，不让我扫码。"
NAUGHTY = [
    "<script>alert(1)</script>'\"; DROP TABLE ticket; --",
    "{{ 7*7 }} ${jndi:ldap://x} %s %n ../../etc/passwd",
    "Ω≈ç√∫˜µ ｅｃａｒｄ 龘靐 👩‍👩‍👧‍👦 a\u0301 \u0627\u0644\u0639\u0631\u0628\u064a\u0629",
    "一行\r\n又一行\r末行\ttab",
]


def said(**changes: Any) -> Statement:
    return Statement(**{"region": CQ, "category": Category.REFUSED, "text": TEXT, **changes})


def take(city: City, channel: Channel = Channel.PLATFORM, **changes: Any) -> Taken:
    return city.office.take_ticket(said(**changes), channel=channel, at=city.at)


def answer(city: City, taken: Taken, **changes: Any) -> Any:
    given = {"outcome": Outcome.UPHELD, "answer": "已责成线路整改，并向您致歉。", "actor": SUPERVISOR, "at": city.at, **changes}
    return city.office.answer_ticket(taken.ticket.number, **given)


@pytest.mark.article("ZZ-16a")
@pytest.mark.parametrize("category", Category)
def test_anybody_may_say_anything_of_every_kind_without_saying_who_they_are(city: City, category: Category) -> None:
    taken = take(city, category=category)
    assert (taken.ticket.category, taken.ticket.channel, taken.ticket.opened_by) == (category, Channel.PLATFORM, "public")
    (waiting,) = city.office.tickets(region=CQ)
    assert waiting == taken.ticket
    read = city.office.open_ticket(waiting.number, actor=SUPERVISOR, at=city.at)
    assert read.statement == said(category=category)
    assert (read.statement.contact, read.statement.place) == ("", "")


@pytest.mark.article("ZZ-16b")
@pytest.mark.error("ticket-answered")
@pytest.mark.error("ticket-answer")
def test_a_ticket_has_a_day_is_closed_by_its_answer_alone_and_the_answer_goes_back_to_who_made_it(city: City) -> None:
    taken = take(city)
    number, word = taken.ticket.number, taken.word
    assert taken.ticket.due == seconds(city.at) + city.office.policy.ticket_within
    assert city.office.ask_ticket(number, word).answer is None
    for nothing in ("", "  \n\t ", "字" * (taking.MAX_TEXT + 1)):
        with refused(faults.TICKET_ANSWER):
            answer(city, taken, answer=nothing)
    assert city.office.tickets(region=CQ) == (taken.ticket,)
    done = answer(city, taken, at=city.later(days=3))
    assert (done.ticket.outcome, done.ticket.answered_by) == (Outcome.UPHELD, SUPERVISOR.ref)
    told = city.office.ask_ticket(words.spell_number(number), words.spell_word(word))
    assert (told.answer, told.ticket.outcome) == ("已责成线路整改，并向您致歉。", Outcome.UPHELD)
    with refused(faults.TICKET_ANSWERED):
        answer(city, taken, outcome=Outcome.UNFOUNDED)
    assert city.office.tickets(region=CQ) == ()
    assert [ticket.number for ticket in city.office.tickets(region=CQ, answered=True)] == [number]


@pytest.mark.error("ticket-unknown")
def test_number_and_word_open_an_answer_only_together_and_the_refusal_does_not_say_which_was_wrong(city: City) -> None:
    first, second = take(city), take(city, text="另一件")
    wrong = [(first.ticket.number, second.word), (second.ticket.number, first.word), ("1234567890", first.word), ("", ""), ("x" * 999, "y" * 999)]
    for number, word in wrong:
        with refused(faults.TICKET_UNKNOWN):
            city.office.ask_ticket(number, word)
    spoken = words.spell_word(first.word).upper().replace("-", "－")
    assert city.office.ask_ticket(words.spell_number(first.ticket.number), spoken).ticket == first.ticket


def test_numbers_and_words_are_drawn_over_their_whole_range_and_read_as_they_are_spelt() -> None:
    entropy = Stream("tickets")
    drawn = [(words.draw_number(entropy), words.draw_word(entropy)) for _ in range(300)]
    assert len(set(drawn)) == 300
    assert {number[0] for number, _ in drawn} == set("123456789")
    for number, word in drawn:
        assert words.read_number(words.spell_number(number)) == number
        assert words.read_word(words.spell_word(word)) == word
    assert {letter for _, word in drawn for letter in word} == set("bdfghjklmnprstwzaeiu")
    assert words.read_word("bamo-lude") is words.read_number("0123456789") is None


@pytest.mark.parametrize("text", NAUGHTY)
def test_any_text_comes_back_as_it_was_written_but_for_what_cannot_be_seen(city: City, text: str) -> None:
    taken = take(city, text=f"\x00{text}\u202e\x1b", place=f"{text}\n", day=date(2026, 11, 20), contact="138 0000 0000\u2066")
    read = city.office.open_ticket(taken.ticket.number, actor=CLERK, at=city.at).statement
    assert read is not None
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    assert read.text == taking.written(said(text=lines)).text
    assert not set(read.text) & set("\x00\u202e\x1b\r")
    assert "\n" not in read.place
    assert (read.day, read.contact) == (date(2026, 11, 20), "138 0000 0000")


@pytest.mark.error("ticket-text")
def test_a_text_is_neither_empty_nor_without_end(city: City) -> None:
    for wrong in ({"text": ""}, {"text": "\u200e \n"}, {"text": "字" * 4001}, {"place": "字" * 201}, {"contact": "字" * 201}):
        with refused(faults.TICKET_TEXT):
            take(city, **wrong)  # type: ignore[arg-type]  # because the fields are texts here
    with refused(faults.REGION_UNKNOWN):
        take(city, region="CN-BJ")
    assert len(take(city, text="字" * 4000).ticket.number) == 10


@pytest.mark.article("CQ-22")
def test_venues_the_platform_and_both_lines_take_tickets_in_and_every_one_is_answered(city: City) -> None:
    for channel in Channel:
        if channel is Channel.PLATFORM:
            taken = take(city, channel)
        else:
            actor = CLERK if channel is Channel.VENUE else HOTLINE
            taken = city.office.take_ticket(said(category=Category.COMMENT), channel=channel, actor=actor, at=city.at)
            assert taken.ticket.opened_by == actor.ref
        answer(city, taken, outcome=Outcome.ANSWERED, actor=HOTLINE)
        assert city.office.ask_ticket(taken.ticket.number, taken.word).ticket.channel is channel
    for stranger in (WORKSHOP, SC_CLERK):
        with refused(faults.NOT_PERMITTED):
            city.office.take_ticket(said(), channel=Channel.VENUE, actor=stranger, at=city.at)


def test_what_may_be_about_whoever_sits_at_the_desk_is_a_supervisors_to_read_and_another_regions_is_theirs(city: City) -> None:
    for category in (Category.LEAKED, Category.DELAYED, Category.ABUSE):
        taken = take(city, category=category)
        for actor in (CLERK, HOTLINE):
            with refused(faults.NOT_PERMITTED, article="ZZ-16b"):
                city.office.open_ticket(taken.ticket.number, actor=actor, at=city.at)
            with refused(faults.NOT_PERMITTED):
                answer(city, taken, actor=actor)
        answer(city, taken)
    theirs = take(city, region=SC)
    with refused(faults.OTHER_REGION):
        city.office.open_ticket(theirs.ticket.number, actor=CLERK, at=city.at)
    assert city.office.open_ticket(theirs.ticket.number, actor=SC_CLERK, at=city.at).ticket.region == SC
    with refused(faults.TICKET_UNKNOWN):
        city.office.open_ticket("1000000000", actor=CLERK, at=city.at)


def test_texts_lie_sealed_each_for_its_own_row_and_every_look_and_answer_is_an_act(city: City) -> None:
    taken = take(city, contact="留给窗口的联系方式")
    number = taken.ticket.number
    city.office.open_ticket(number, actor=CLERK, at=city.at)
    answer(city, taken)
    with city.office.store.reading() as work:
        row = work.connection.execute(sa.select(schema.ticket)).one()
        acts = [(act.act, act.actor) for act in officechain.acts_of(work, f"ticket-{number}")]
    for sealed in (row.said, row.answer):
        assert not any(part.encode() in sealed for part in ("司机", "联系", "整改", taken.word))
    assert taken.word.encode() not in row.word
    assert acts == [("take-ticket", "public"), ("read-ticket", CLERK.ref), ("answer-ticket", SUPERVISOR.ref)]


def test_a_request_sent_twice_is_one_ticket_with_one_word(city: City) -> None:
    office = city.office.once("f" * 32)
    first, again = (office.take_ticket(said(), channel=Channel.PLATFORM, at=city.later(seconds=9)) for _ in range(2))
    assert first == again
    assert len(city.office.tickets(region=CQ)) == 1


@pytest.mark.article("ZZ-16b")
def test_what_was_not_answered_in_time_is_due_and_becomes_a_task_once(city: City) -> None:
    taken, answered = take(city), take(city, text="很快答复的一件")
    answer(city, answered)
    late = city.at + timedelta(seconds=city.office.policy.ticket_within)
    assert city.office.late_tickets(late - timedelta(seconds=1), region=CQ) == ()
    assert city.office.late_tickets(late, region=CQ) == (taken.ticket,)
    assert city.office.late_tickets(late, region=SC) == ()
    assert taken.ticket.is_late(seconds(late))
    runs = [tick(city.office, [LateTickets()], at=late + timedelta(seconds=second)).done["late-tickets"] for second in (-1, 0, 1)]
    assert runs == [0, 1, 0]
    with city.office.store.reading() as work:
        told = work.connection.execute(sa.select(schema.outbox.c.body).where(schema.outbox.c.topic == Topic.TASK.value)).scalars().all()
    assert len(told) == 1
    assert taken.ticket.number in str(told)


@pytest.mark.article("ZZ-18")
def test_overlapping_cards_leaks_delay_and_abuse_are_found_each_by_itself(city: City) -> None:
    begun = city.at
    for category, outcome in (
        (Category.OVERLAP, Outcome.UPHELD),
        (Category.LEAKED, Outcome.HANDED_OVER),
        (Category.DELAYED, Outcome.UNFOUNDED),
        (Category.ABUSE, Outcome.PARTLY),
    ):
        answer(city, take(city, category=category), outcome=outcome)
    waiting = take(city, category=Category.COMMENT)
    late = city.later(days=16)
    found = {each.wrong: each for each in city.office.detect(region=CQ, since=begun, actor=SUPERVISOR, at=late)}
    assert {wrong: (each.tickets, each.open, each.upheld) for wrong, each in found.items()} == {
        Wrong.OVERLAP: (1, 0, 1),
        Wrong.LEAK: (1, 0, 1),
        Wrong.DELAY: (1, 0, 0),
        Wrong.ABUSE: (1, 0, 1),
    }
    assert found[Wrong.DELAY].late == (waiting.ticket,)
    assert found[Wrong.LEAK].lookers == ()
    counts = city.office.ticket_counts(region=CQ, since=begun, actor=SUPERVISOR, at=late)
    assert counts[Category.COMMENT] == (1, 1, 0)
    assert counts[Category.LEAKED] == (1, 0, 1)
    assert counts[Category.REFUSED] == (0, 0, 0)
    for stranger in (CLERK, replace(SUPERVISOR, region=SC)):
        with refused(faults.NOT_PERMITTED, article="ZZ-18"):
            city.office.detect(region=CQ, since=begun, actor=stranger, at=late)


@pytest.mark.article("ZZ-18")
@pytest.mark.article("ZS-22(3)(4)")
def test_whoever_looked_up_very_many_people_in_a_day_stands_in_the_report_and_a_busy_colleague_does_not(city: City) -> None:
    card, _ = city.card()
    begun = city.at
    with city.office.store.writing() as work:
        for order in range(MANY_PEOPLE + 1):
            holder = f"{order:032x}"
            work.connection.execute(sa.insert(schema.holder).values(ref=holder, region=CQ, created=seconds(begun)))
            access = {"holder": holder, "seq": 1, "at": seconds(begun), "actor": CLERK.ref, "person": CLERK.person, "role": "clerk"}
            access |= {"purpose": "counter-desk", "fields": "name", "previous": bytes(32), "hash": order.to_bytes(32)}
            work.connection.execute(sa.insert(schema.vault_access).values(access))
        for _ in range(MANY_PEOPLE + 1):
            city.office.vault.read(work, card.card.holder, purpose="compare-with-document", actor=SECOND_CLERK, at=seconds(begun))
    found = {each.wrong: each for each in city.office.detect(region=CQ, since=begun, actor=SUPERVISOR, at=city.later(minutes=1))}
    (looker,) = found[Wrong.LEAK].lookers
    assert (looker.person, looker.people) == (CLERK.person, MANY_PEOPLE + 1)


def test_what_was_said_is_destroyed_when_its_time_is_over_and_that_it_was_answered_stays(city: City) -> None:
    taken, waiting = take(city), take(city, text="仍未答复的一件")
    answer(city, taken)
    over = city.later(days=730)
    assert retain(city.office, at=over).done["tickets"] == 0
    over = city.later(seconds=1)
    assert [retain(city.office, at=over).done["tickets"] for _ in range(2)] == [1, 0]
    told = city.office.ask_ticket(taken.ticket.number, taken.word)
    assert (told.answer, told.ticket.outcome, told.ticket.forgotten) == (None, Outcome.UPHELD, seconds(over))
    read = city.office.open_ticket(taken.ticket.number, actor=SUPERVISOR, at=over)
    assert read.statement is None
    assert city.office.open_ticket(waiting.ticket.number, actor=SUPERVISOR, at=over).statement is not None
    with city.office.store.reading() as work:
        assert list(check_office(work.connection)) == []


def test_a_row_changed_by_hand_is_found_and_an_answer_cannot_be_changed(city: City) -> None:
    taken = take(city)
    answer(city, taken)
    for change in ({"outcome": "unfounded"}, {"category": "comment"}, {"answer": b"x"}, {"due": 9_999_999_999}):
        with pytest.raises(Exception, match=r"ticket_|record"), city.office.store.writing() as work:
            work.connection.execute(sa.update(schema.ticket).values(change))
    with pytest.raises(Exception, match=r"ticket_is_kept|record"), city.office.store.writing() as work:
        work.connection.execute(sa.delete(schema.ticket))


def test_every_word_of_a_ticket_has_a_name_in_both_languages() -> None:
    for named, all_of in ((CATEGORIES, Category), (CHANNELS, Channel), (OUTCOMES, Outcome)):
        assert set(named) == set(all_of)
        assert all(text.zh and text.en for text in named.values())
