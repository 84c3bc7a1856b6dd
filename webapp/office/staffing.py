"""`ecard office sign-in` and what belongs to it: operators are given the means to sign in at the console, and new ones when theirs are lost.

ecard office sign-in clerk-1 --as admin-1          an address for the authenticator and ten recovery codes, told once; the password is typed by clerk-1
ecard office reset-sign-in clerk-1 --as admin-1 --evidence in-person --evidence identity-document-checked
ecard office approve-reset clerk-1 --as sup-1      by another person; a day later `sign-in` gives new ones
ecard office sign-out clerk-1 --as admin-1         every session of theirs ends now
"""

from __future__ import annotations

import getpass
import secrets
import sys
from typing import TYPE_CHECKING

from codes import qr
from codes.errors import InputError
from ecard import faults as record
from ecard.access import resets
from ecard.access.desk import AccessDesk
from webapp.office.answering import DONE, say
from webapp.office.arguments import add_file, add_operator, add_papers, add_verb
from webapp.office.forms import read_input
from webapp.office.opening import open_office
from webapp.office.options import name
from webapp.office.telling import local, to_json

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence
    from pathlib import Path

    from ecard.access.resets import Enrolled, Reset
    from ecard.model import Actor
    from verify.arguments import Arguments
    from webapp.office.arguments import Verbs
    from webapp.office.opening import OpenOffice
    from webapp.office.settings import Operator


def add(verbs: Verbs) -> None:
    """Put the commands on the command line."""
    found = add_verb(verbs, "sign-in", "发放登录方式：验证器、恢复码、密码", "give an operator the means to sign in at the console", sign_in)
    _operator(found)
    add_file(
        found, "--password-file", zh="密码文件，首行为密码；不给则在终端输入", en="file with the password on its first line; typed when left out"
    )
    found.add_argument("--qr", action="store_true", help="在终端上画出验证器二维码 / draw the authenticator's symbol on the terminal")
    found = add_verb(verbs, "reset-sign-in", "申请重置登录方式（已当面核验身份）", "ask for new ones for somebody whose identity was checked", ask)
    _operator(found)
    add_papers(found)
    _operator(add_verb(verbs, "approve-reset", "批准重置，24 小时后生效", "approve a reset, for a day from now; another person", approve))
    _operator(add_verb(verbs, "decline-reset", "撤销重置", "turn a reset down", decline))
    _operator(add_verb(verbs, "sign-out", "结束此人的全部会话", "end every session of an operator", sign_out))
    add_verb(verbs, "sign-ins", "查看登录方式、会话和待办的重置", "who can sign in, who is signed in, and which resets are under way", show)


def _operator(parser: Arguments) -> None:
    parser.add_argument("ref", type=name, metavar="OPERATOR", help="经办人代号 / the operator")
    add_operator(parser)


def sign_in(options: argparse.Namespace) -> int:
    """Give somebody their first secrets, or new ones by a reset that is due."""
    at = options.clock()
    with open_office(options.office, at=at) as office:
        subject, desk = office.settings.operator(options.ref), _desk(office)
        enrolled = desk.enrol(subject, _password(options.password_file), actor=_actor(office, options.actor), at=at)
        page = {"operator": subject.ref, "address": enrolled.address, "secret": enrolled.secret, "recovery": list(enrolled.recovery)}
        say(options, page, _told(subject, enrolled, drawn=options.qr))
        return DONE


def ask(options: argparse.Namespace) -> int:
    """The first of two people."""
    at = options.clock()
    with open_office(options.office, at=at) as office:
        subject = office.settings.operator(options.ref)
        asked = _desk(office).ask_reset(subject, evidence=frozenset(options.evidence), actor=_actor(office, options.actor), at=at)
        return _tell(options, asked, "已登记，须由另一人批准 / on file; another person approves it")


def approve(options: argparse.Namespace) -> int:
    """The second."""
    at = options.clock()
    with open_office(options.office, at=at) as office:
        approved = _desk(office).approve_reset(options.ref, actor=_actor(office, options.actor), at=at)
        return _tell(options, approved, f"已批准，{local(approved.due or 0)} 起可重新发放 / approved; new ones may be given from then on")


def decline(options: argparse.Namespace) -> int:
    """Either of them, or the operator."""
    at = options.clock()
    with open_office(options.office, at=at) as office:
        return _tell(options, _desk(office).decline_reset(options.ref, actor=_actor(office, options.actor), at=at), "已撤销 / turned down")


def sign_out(options: argparse.Namespace) -> int:
    """End all of somebody's sessions."""
    at = options.clock()
    with open_office(options.office, at=at) as office:
        subject = office.settings.operator(options.ref)
        ended = _desk(office).end_sessions(subject, actor=_actor(office, options.actor), at=at)
        say(options, {"operator": subject.ref, "ended": ended}, [f"✓ 已结束会话 / sessions ended: {ended}"])
        return DONE


def show(options: argparse.Namespace) -> int:
    """Who can sign in, who is in, and what is under way."""
    at = options.clock()
    with open_office(options.office, at=at) as office:
        desk = _desk(office)
        accounts, sessions = desk.accounts(), desk.sessions(at=at)
        waiting = [reset for region in office.settings.regions for reset in desk.resets(region)]
        inside = {account.operator: sum(session.operator == account.operator for session in sessions) for account in accounts}
        known = [
            {"operator": account.operator, "person": account.person, "enrolled": account.enrolled, "used": account.first_used is not None}
            | {"works_here": account.operator in office.settings.operators, "sessions": inside[account.operator]}
            for account in accounts
        ]
        lines = [
            f"  {account.operator}  {account.person}  {local(account.enrolled)}  会话 / sessions {inside[account.operator]}" for account in accounts
        ]
        lines += [f"  重置 / reset  {reset.operator}  {local(reset.asked)}  {reset.asked_by}  {reset.approved_by or '-'}" for reset in waiting]
        say(options, {"operators": known, "resets": to_json(waiting)}, lines or ["还没有人能登录 / nobody can sign in yet"])
        return DONE


def _desk(office: OpenOffice) -> AccessDesk:
    return AccessDesk.of(office.desk)


def _actor(office: OpenOffice, ref: str) -> Actor:
    return office.settings.operator(ref).acting(resets.GIVES)


def _tell(options: argparse.Namespace, reset: Reset, what: str) -> int:
    say(options, to_json(reset), [f"✓ {reset.operator}：{what}"])
    return DONE


def _told(subject: Operator, enrolled: Enrolled, *, drawn: bool) -> Sequence[str]:
    return [
        f"✓ {subject.ref}：只显示这一次，请当面交给本人 / told this once, for the operator alone",
        f"  验证器 / authenticator  {enrolled.address}",
        f"  手工输入 / by hand      {enrolled.secret}",
        *([qr.address_blocks(enrolled.address)] if drawn else []),
        "  恢复码，每个只能用一次 / recovery codes, each works once:",
        *(f"    {code}" for code in enrolled.recovery),
    ]


def _password(file: Path | None) -> str:
    """What the operator chose: from a file, typed twice, or the first line of standard input. Raises `InputError` password-weak for two that differ."""
    if file is not None:
        return read_input(file).decode("utf-8", "replace").partition("\n")[0].rstrip("\r")
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    first = getpass.getpass("新密码（由本人输入）/ new password, typed by the operator: ")
    if not secrets.compare_digest(first.encode(), getpass.getpass("再输入一次 / once more: ").encode()):
        raise InputError(record.PASSWORD_WEAK, twice="different")
    return first
