"""`ecard venue` and `ecard staff`: venues with their equipment and terminals; undertakings and trainings of those who work."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ecard.model import Role
from ecard.venues.places import ACCESS, GAPS, Access, Equipment
from ecard.venues.staff import PaperKind
from webapp.office.answering import DONE, FOUND, say
from webapp.office.arguments import add_operator, add_verb, commands_of
from webapp.office.opening import open_office
from webapp.office.options import count, instant, line, name, reference
from webapp.office.telling import local, to_json
from webapp.office.words import both

if TYPE_CHECKING:
    import argparse

    from ecard.model import Actor
    from ecard.venues.places import Report
    from ecard.venues.staff import StaffPaper
    from webapp.office.deferred import Deferred
    from webapp.office.opening import OpenOffice

KINDS = {PaperKind.UNDERTAKING: ("保密承诺书", "undertaking"), PaperKind.TRAINING: ("培训", "training")}


def venue(parser: Deferred) -> None:
    """The arguments of `ecard venue`."""
    verbs = commands_of(parser)
    found = add_verb(verbs, "look", "登记场所，或记录查看结果", "register a venue, or note what is there now", look)
    found.add_argument("venue", type=name, metavar="VENUE", help="场所代号 / the venue")
    found.add_argument("--name", type=line, required=True, metavar="TEXT", help="名称 / its name")
    found.add_argument("--readers", type=count, required=True, metavar="N", help="读卡器台数 / card readers")
    found.add_argument("--scanners", type=count, required=True, metavar="N", help="扫码器台数 / code scanners")
    says = f"为老年人和残疾人准备的设施，可重复 / for the elderly and disabled, may be repeated: {', '.join(Access)}"
    found.add_argument("--access", choices=[word.value for word in Access], action="append", default=[], metavar="WORD", help=says)
    add_operator(found)
    found = add_verb(verbs, "serve", "终端设在哪里、受理哪些事项", "where a terminal stands, and which items it serves", serve)
    found.add_argument("terminal", type=name, metavar="TERMINAL", help="终端编号 / the terminal")
    found.add_argument("--venue", type=name, required=True, metavar="VENUE", help="场所代号 / the venue")
    found.add_argument("--item", type=name, action="append", required=True, metavar="ITEM", help="事项代号，可重复 / an item, may be repeated")
    add_operator(found)
    found = add_verb(verbs, "gaps", "各场所缺什么", "what venues lack", gaps)
    add_operator(found)
    found = add_verb(verbs, "end", "场所停用", "a venue serves no more", end)
    found.add_argument("venue", type=name, metavar="VENUE", help="场所代号 / the venue")
    add_operator(found)


def staff(parser: Deferred) -> None:
    """The arguments of `ecard staff`."""
    verbs = commands_of(parser)
    for word, zh, en, kind in (
        ("undertaking", "登记签署的保密承诺书", "enter an undertaking that was signed", PaperKind.UNDERTAKING),
        ("training", "登记培训", "enter a training", PaperKind.TRAINING),
    ):
        found = add_verb(verbs, word, zh, en, note)
        found.set_defaults(kind=kind)
        found.add_argument("operator", type=name, metavar="OPERATOR", help="经办人代号 / whose it is")
        found.add_argument("--person", type=name, metavar="NUMBER", help="工号；已登记的经办人可省 / staff number, of nobody on the list")
        found.add_argument("--document", type=line, required=True, metavar="TEXT", help="归档编号 / what it is filed under")
        found.add_argument("--signed", type=instant, required=True, metavar="DAY", help="签署或培训日期 / when")
        found.add_argument("--venue", type=name, metavar="VENUE", help="场所代号 / the venue where they work")
        add_operator(found)
    found = add_verb(verbs, "end", "承诺书或培训不再有效", "a paper counts no more", end_paper)
    found.add_argument("paper", type=reference, metavar="PAPER", help="引用号 / the paper")
    add_operator(found)
    found = add_verb(verbs, "papers", "承诺书、培训，以及谁还缺", "undertakings, trainings, and who lacks them", papers)
    add_operator(found)


def look(options: argparse.Namespace) -> int:
    """Note what is there."""
    at = options.clock()
    with open_office(options.office, at=at) as office:
        equipment = Equipment(readers=options.readers, scanners=options.scanners, access=frozenset(map(Access, options.access)))
        made = office.desk.look_at_venue(options.venue, name=options.name, equipment=equipment, actor=_acting(office, options), at=at)
        say(options, to_json(made), [f"✓ 已记录 / noted: {made.ref}  {made.name}"])
    return DONE


def serve(options: argparse.Namespace) -> int:
    """Note what a terminal serves."""
    at = options.clock()
    with open_office(options.office, at=at) as office:
        report = office.desk.serve_items(options.terminal, options.venue, options.item, actor=_acting(office, options), at=at)
        say(options, _page(report), list(_lines(report)))
    return DONE


def gaps(options: argparse.Namespace) -> int:
    """What venues lack. 1 when one lacks something."""
    at = options.clock()
    with open_office(options.office, at=at) as office:
        found = office.desk.venue_reports(region=office.settings.operator(options.actor).region, at=at)
        lines = [line for report in found for line in _lines(report)]
        say(options, {"venues": [_page(report) for report in found]}, lines or ["没有登记场所 / no venue is registered"])
        return FOUND if any(report.gaps for report in found) else DONE


def end(options: argparse.Namespace) -> int:
    """End a venue."""
    at = options.clock()
    with open_office(options.office, at=at) as office:
        done = office.desk.end_venue(options.venue, actor=_acting(office, options), at=at)
        say(options, to_json(done), [f"✓ 已停用 / ended: {done.ref}"])
    return DONE


def note(options: argparse.Namespace) -> int:
    """Enter a paper."""
    at = options.clock()
    with open_office(options.office, at=at) as office:
        known = office.settings.operators.get(options.operator)
        person = known.person if known is not None else options.person or office.settings.operator(options.operator).person
        said = {"operator": options.operator, "person": person, "document": options.document, "signed": options.signed, "venue": options.venue}
        made = office.desk.note_staff_paper(options.kind, **said, actor=_acting(office, options), at=at)
        say(options, to_json(made), [f"✓ 已登记 / entered: {_paper_line(made)}"])
    return DONE


def end_paper(options: argparse.Namespace) -> int:
    """End a paper."""
    at = options.clock()
    with open_office(options.office, at=at) as office:
        done = office.desk.end_staff_paper(options.paper, actor=_acting(office, options), at=at)
        say(options, to_json(done), [f"✓ 已作废 / ended: {_paper_line(done)}"])
    return DONE


def papers(options: argparse.Namespace) -> int:
    """Every paper, and who lacks one. 1 when somebody does."""
    at = options.clock()
    with open_office(options.office, at=at) as office:
        region = office.settings.operator(options.actor).region
        mine = [operator.ref for operator in office.settings.operators.values() if operator.region == region]
        held, lacking = office.desk.staff_papers(region=region), office.desk.lacking_papers(mine, at=at)
        page = {"papers": to_json(held), "lacking": [{"operator": each.operator, "kinds": [kind.value for kind in each.kinds]} for each in lacking]}
        lines = [_paper_line(paper) for paper in held]
        lines += [f"缺 / lacks  {each.operator}  {'、'.join(KINDS[kind][0] for kind in each.kinds)} / {', '.join(each.kinds)}" for each in lacking]
        say(options, page, lines)
        return FOUND if lacking else DONE


def _page(report: Report) -> dict[str, Any]:
    terminals = {terminal: list(items) for terminal, items in report.terminals}
    return {"venue": to_json(report.venue), "gaps": [gap.value for gap in report.gaps], "terminals": terminals}


def _lines(report: Report) -> list[str]:
    has = report.venue.equipment
    access = "、".join(ACCESS[word].zh for word in Access if word in has.access) or "无"
    lines = [f"{report.venue.ref}  {report.venue.name}  读卡器 / readers {has.readers}  扫码器 / scanners {has.scanners}  设施 / access: {access}"]
    lines += [f"  缺 / gap  {both(GAPS[gap])}" for gap in report.gaps]
    return lines + [f"  {terminal}  {', '.join(items)}" for terminal, items in report.terminals]


def _paper_line(paper: StaffPaper) -> str:
    until = f"  至 / until {local(paper.until)[:10]}" if paper.until else ""
    ended = "  已作废 / ended" if paper.ended is not None else ""
    return f"{paper.ref}  {paper.operator}  {' / '.join(KINDS[paper.kind])}  {paper.document}  {local(paper.signed)[:10]}{until}{ended}"


def _acting(office: OpenOffice, options: argparse.Namespace) -> Actor:
    return office.settings.operator(options.actor).acting((Role.SUPERVISOR,))
