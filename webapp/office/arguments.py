"""What the office's verbs have in common on a command line."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ecard.lifecycle import Evidence
from verify.arguments import Arguments
from webapp.office.answering import answering
from webapp.office.options import line, name, reference
from webapp.office.words import EVIDENCE

if TYPE_CHECKING:
    from collections.abc import Callable

    from webapp.office.deferred import Deferred

    Verbs = argparse._SubParsersAction[Any]  # noqa: SLF001 because argparse has no other name for it

_BY_WORD = {evidence.value: evidence for evidence in Evidence} | {EVIDENCE[evidence].zh: evidence for evidence in Evidence}


def _evidence(text: str) -> Evidence:
    if text not in _BY_WORD:
        raise argparse.ArgumentTypeError(f"{text!r} 不是材料名称 / is no evidence; one of: {', '.join(evidence.value for evidence in Evidence)}")
    return _BY_WORD[text]


def add_verb(verbs: Verbs, word: str, zh: str, en: str, handler: Callable[[argparse.Namespace], int], **more: Any) -> Arguments:
    """A command with what every one of them takes."""
    says = f"{zh} / {en}".replace("%", "%%")
    parser: Arguments = verbs.add_parser(word, help=says, description=more.pop("description", says), allow_abbrev=False, **more)
    parser.add_argument(
        "--office", type=Path, default=Path(), metavar="DIR", help="机构目录，默认当前目录 / the office's folder, by default this one"
    )
    parser.add_argument("--json", action="store_true", help="以 JSON 输出，错误亦然 / answer in JSON, errors too")
    parser.set_defaults(handler=answering(handler))
    return parser


def add_operator(parser: Arguments, *, required: bool = True, holder: bool = False) -> None:
    """Who gives it."""
    says = "经办人代号；持卡人本人办理写 holder / who gives the command; holder for the holder" if holder else "经办人代号 / who gives the command"
    parser.add_argument("--as", dest="actor", type=name, required=required, metavar="OPERATOR", help=says)


def add_papers(parser: Arguments) -> None:
    """What lies on the desk."""
    says = "已核对的材料，可重复，中英文名称均可 / a paper that lies before you, may be repeated"
    parser.add_argument("--evidence", type=_evidence, action="append", default=[], metavar="PAPER", help=says)


def _filed(text: str) -> tuple[Evidence, str]:
    paper, _, reference = text.partition("=")
    if not reference.strip():
        raise argparse.ArgumentTypeError(f"{text!r}：请写成 材料=编号 / write PAPER=REFERENCE")
    return _evidence(paper), line(reference)


def add_filed(parser: Arguments) -> None:
    """What the papers are filed under."""
    says = "材料的归档编号，可重复；事件只存其带密钥的摘要，勿写证件号码 / what a paper is filed under, may be repeated; only a keyed digest is kept"
    parser.add_argument("--filed", type=_filed, action="append", default=[], metavar="PAPER=REFERENCE", help=says)


def add_file(parser: Arguments, *names: str, zh: str, en: str, required: bool = False) -> None:
    """A file, as an option or in its place."""
    added = parser.add_argument(*names, type=Path, metavar="FILE", help=f"{zh} / {en}")
    added.required = required or not names[0].startswith("-")


def commands_of(parser: Deferred) -> Verbs:
    """Room for the commands of a verb."""
    return parser.add_subparsers(required=True, metavar="COMMAND", dest="command", parser_class=Arguments)


def add_card(parser: Arguments) -> None:
    """Which card."""
    parser.add_argument("card", type=reference, metavar="CARD", help="卡的引用号 / the card's reference")
