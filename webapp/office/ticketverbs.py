"""`ecard ticket`: what people complain of, report and ask; taken in at a venue or on a line, read, answered, counted."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from codes.errors import InputError, Text
from ecard import faults as record
from ecard.model import Role, seconds
from ecard.tickets import words
from ecard.tickets.finding import Wrong
from ecard.tickets.kinds import CATEGORIES, CHANNELS, OUTCOMES, Category, Channel, Outcome, Statement
from webapp.office.answering import DONE, FOUND, say
from webapp.office.arguments import add_file, add_operator, add_verb, commands_of
from webapp.office.forms import STDIN, read_input
from webapp.office.opening import open_office
from webapp.office.options import instant as day_or_time
from webapp.office.telling import instant, local
from webapp.office.words import both

if TYPE_CHECKING:
    from codes.claims import Region
    from ecard.model import Actor
    from ecard.tickets.finding import Detected
    from ecard.tickets.kinds import Ticket
    from verify.arguments import Arguments
    from webapp.office.deferred import Deferred
    from webapp.office.opening import OpenOffice

WRONGS = {
    Wrong.OVERLAP: Text("功能重复的卡或码", "overlapping cards"),
    Wrong.LEAK: Text("泄露、扣押和违规查询", "leaks, cards kept, unlawful queries"),
    Wrong.DELAY: Text("拒绝、推诿和拖延", "refusal, shirking and delay"),
    Wrong.ABUSE: Text("滥用职权", "abuse"),
}


def ticket(parser: Deferred) -> None:
    """The arguments of `ecard ticket`."""
    verbs = commands_of(parser)
    found = add_verb(verbs, "take", "在场所或热线受理", "take one in at a venue or on a line", take)
    found.add_argument("--category", choices=[word.value for word in Category], required=True, help="类别 / what it is about")
    found.add_argument(
        "--channel", choices=[word.value for word in Channel if word is not Channel.PLATFORM], required=True, help="渠道 / how it came"
    )
    _text(found)
    add_operator(found)
    found = add_verb(verbs, "list", "待答复的投诉，先到期的在前", "what waits for an answer, the first due in front", listing)
    found.add_argument("--all", action="store_true", help="包括已答复的 / answered ones, too")
    found.add_argument("--late", action="store_true", help="只列逾期的 / late ones only")
    add_operator(found)
    found = add_verb(verbs, "show", "查看一件，查看会记录", "read one; the look is on record", show)
    _number(found)
    add_operator(found)
    found = add_verb(verbs, "answer", "答复并办结", "answer it, and close it by that", answer)
    _number(found)
    found.add_argument("--outcome", choices=[word.value for word in Outcome], required=True, help="结果 / how it ended")
    _text(found)
    add_operator(found)
    found = add_verb(verbs, "report", "四类问题的监测报告", "what ought to be looked into: four kinds", report)
    found.add_argument("--since", type=day_or_time, required=True, metavar="DAY", help="从哪一天起 / since which day")
    add_operator(found)


def take(options: argparse.Namespace) -> int:
    """Take in what somebody says who stands, or calls, there."""
    at = options.clock()
    with open_office(options.office, at=at) as office:
        actor = _acting(office, options)
        statement = Statement(region=_region(actor), category=Category(options.category), text=_read(options))
        taken = office.desk.take_ticket(statement, channel=Channel(options.channel), actor=actor, at=at)
        number, word = words.spell_number(taken.ticket.number), words.spell_word(taken.word)
        says = f"✓ 已受理 / taken: 编号 / number {number}  口令 / word {word}"
        due = f"  请告知来人；最迟 {local(taken.ticket.due)} 答复 / tell them; the answer is due by then"
        say(options, _page(taken.ticket, seconds(at)) | {"word": word}, [says, due])
    return DONE


def listing(options: argparse.Namespace) -> int:
    """What waits. 1 when something is late."""
    at = options.clock()
    with open_office(options.office, at=at) as office:
        region, now = _region(_acting(office, options)), seconds(at)
        found = [each for each in office.desk.tickets(region=region, answered=options.all) if each.is_late(now) or not options.late]
        say(options, {"tickets": [_page(each, now) for each in found]}, [_line(each, now) for each in found] or ["没有 / none"])
        return FOUND if any(each.is_late(now) for each in found) else DONE


def show(options: argparse.Namespace) -> int:
    """Read one."""
    at = options.clock()
    with open_office(options.office, at=at) as office:
        opened = office.desk.open_ticket(options.number, actor=_acting(office, options), at=at)
        said = opened.statement
        page: dict[str, Any] = _page(opened.ticket, seconds(at)) | {"answer": opened.answer, "statement": None}
        lines = [_line(opened.ticket, seconds(at))]
        if said is not None:
            page["statement"] = {"text": said.text, "place": said.place, "day": said.day and said.day.isoformat(), "contact": said.contact}
            lines += [
                f"  {name}: {value}"
                for name, value in (("地点 / place", said.place), ("日期 / day", said.day), ("联系 / contact", said.contact))
                if value
            ]
            lines += [f"  {line}" for line in said.text.splitlines()]
        lines += [f"  答复 / answer: {line}" for line in (opened.answer or "").splitlines()]
        say(options, page, [*lines, "  此次查看已记录 / this look is on record"])
    return DONE


def answer(options: argparse.Namespace) -> int:
    """Answer one."""
    at = options.clock()
    with open_office(options.office, at=at) as office:
        outcome, text = Outcome(options.outcome), _read(options)
        done = office.desk.answer_ticket(options.number, outcome=outcome, answer=text, actor=_acting(office, options), at=at)
        says = f"✓ 已答复办结 / answered and closed: {words.spell_number(done.ticket.number)}  {both(OUTCOMES[outcome])}"
        say(options, _page(done.ticket, seconds(at)), [says])
    return DONE


def report(options: argparse.Namespace) -> int:
    """What ought to be looked into. 1 when there is something."""
    at = options.clock()
    with open_office(options.office, at=at) as office:
        actor = office.settings.operator(options.actor).acting((Role.SUPERVISOR, Role.AUDITOR))
        region = _region(actor)
        found = office.desk.detect(region=region, since=options.since, actor=actor, at=at)
        counts = office.desk.ticket_counts(region=region, since=options.since, actor=actor, at=at)
        page = {
            "detected": [_detected(each, seconds(at)) for each in found],
            "categories": {category.value: dict(zip(("all", "open", "upheld"), count, strict=True)) for category, count in counts.items()},
        }
        lines = [line for each in found for line in _detected_lines(each, seconds(at))]
        lines += [
            f"{count[0]:>5} 件 / {count[1]} 待答复 open / {count[2]} 属实 true  {both(CATEGORIES[name])}"
            for name, count in counts.items()
            if count[0]
        ]
        say(options, page, lines)
        return FOUND if any(each.tickets or each.late or each.lookers for each in found) else DONE


def _detected(each: Detected, now: int) -> dict[str, Any]:
    lookers = [{"person": one.person, "day": instant(datetime.fromtimestamp(one.day, UTC))[:10], "people": one.people} for one in each.lookers]
    counted = {"tickets": each.tickets, "open": each.open, "upheld": each.upheld}
    return {"wrong": each.wrong.value, **counted, "late": [_page(one, now) for one in each.late], "lookers": lookers}


def _detected_lines(each: Detected, now: int) -> list[str]:
    head = f"{both(WRONGS[each.wrong])}: {each.tickets} 件 / tickets, {each.open} 待答复 / open, {each.upheld} 属实 / true"
    late = [f"  逾期 / late  {_line(one, now)}" for one in each.late]
    return [head, *late, *(f"  {one.person} 一日查阅 {one.people} 人 / looked up {one.people} people in one day" for one in each.lookers)]


def _page(each: Ticket, now: int) -> dict[str, Any]:
    times = {name: None if value is None else instant(datetime.fromtimestamp(value, UTC)) for name, value in _times(each).items()}
    outcome = None if each.outcome is None else each.outcome.value
    named = {"number": each.number, "region": each.region, "category": each.category.value, "channel": each.channel.value}
    return {**named, **times, "outcome": outcome, "answered_by": each.answered_by, "late": each.is_late(now)}


def _times(each: Ticket) -> dict[str, int | None]:
    return {"opened": each.opened, "due": each.due, "answered": each.answered}


def _line(each: Ticket, now: int) -> str:
    state = f"逾期 / late since {local(each.due)}" if each.is_late(now) else f"至 / due {local(each.due)}"
    if each.outcome is not None:
        state = both(OUTCOMES[each.outcome])
    return f"{words.spell_number(each.number)}  {both(CATEGORIES[each.category])}  {both(CHANNELS[each.channel])}  {state}"


def _acting(office: OpenOffice, options: argparse.Namespace) -> Actor:
    return office.settings.operator(options.actor).acting((Role.SUPERVISOR, Role.CLERK, Role.HOTLINE, Role.INTAKE))


def _region(actor: Actor) -> Region:
    if actor.region is None:
        raise InputError(record.REGION_UNKNOWN)
    return actor.region


def _text(parser: Arguments) -> None:
    add_file(parser, "--text", zh="正文所在文件，默认标准输入", en="a file with the text, standard input by default")
    parser.set_defaults(text=STDIN)


def _read(options: argparse.Namespace) -> str:
    return read_input(options.text).decode("utf-8", "replace")


def _number(parser: Arguments) -> None:
    parser.add_argument("number", type=_numbered, metavar="NUMBER", help="编号 / the ticket's number")


def _numbered(text: str) -> str:
    found = words.read_number(text)
    if found is None:
        raise argparse.ArgumentTypeError("不是编号（10 位数字）/ is not a number of ten digits")
    return found
