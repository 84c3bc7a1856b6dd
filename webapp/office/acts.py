"""How each command of the table is given from a shell: the method of the office, and what it asks for. Everything else stands in the table itself.

A row that is missing here is in `WITH_HARDWARE`, `BY_PROOF` or `BY_TIME`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import product
from typing import TYPE_CHECKING, Any

from codes.errors import Text
from ecard.entitlements import FareTerms
from ecard.holderacts import target_of
from ecard.lifecycle import Command, Evidence
from ecard.locking import WHOLE_CARD, groups_target
from ecard.making.handing import PAPERS
from ecard.model import (
    Affair,
    Applicant,
    CancelGround,
    CaseDecision,
    Decision,
    DestructionMethod,
    ExchangeGround,
    FreezeGround,
    HandedTo,
    ItemGroup,
    Misuse,
    Proof,
    seconds,
)
from ecard.papers import FOR_APPLICANT, FOR_CANCELLATION, FOR_ELIGIBILITY, FOR_EXCHANGE
from ecard.stopping import LossOf
from webapp.office import forms
from webapp.office.options import Option, choice, count, digest, digest_of_file, instant, line, name, reference

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from webapp.office.forms import Form

    Given = Mapping[str, Any]

_LOST = choice("of", LossOf, Text("挂失对象，默认整卡", "what was lost, the whole card by default"), default=LossOf.CARD)
_PHONE = Option(name="phone", says=Text("手机的载体引用号", "the phone's reference"), parse=reference, metavar="REF")
_CARRIER = Option(name="carrier", says=Text("载体引用号", "the carrier's reference"), parse=reference, metavar="REF", required=True)
_CHIP = Option(name="chip", says=Text("芯片的载体引用号", "the chip's reference"), parse=reference, metavar="REF", required=True)
_UNTIL = Option(name="until", says=Text("冻结截止时间", "when the freeze ends"), parse=instant, metavar="TIME", required=True)
_FREEZE = choice("ground", FreezeGround, Text("冻结事由", "why it is frozen"), required=True)
_REQUEST = Option(name="request", says=Text("外地冻结请求的引用号", "the other region's request"), parse=reference, metavar="REF")
_CASE = Option(name="case", says=Text("案卷引用号", "the case's reference"), parse=reference, metavar="REF", required=True)
_GROUPS = choice("groups", ItemGroup, Text("事项类别，可重复", "group of items, may be repeated"), flag="--group", required=True, many=True)
_DECISION = choice("decision", Decision, Text("决定", "the decision"), required=True)
_BANK = Option(name="bank", says=Text("银行代号", "the bank"), parse=name, metavar="NAME", required=True)
_POINT = Option(name="point", says=Text("服务网点，默认经办人所在网点", "service point, the operator's own by default"), parse=name, metavar="NAME")


def _no_more(_: Given) -> frozenset[Evidence]:
    return frozenset()


def _whole(_: Given) -> str:
    return WHOLE_CARD


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One command as a shell gives it."""

    command: Command
    method: str
    """Of the office, by keyword: the options' names, actor, evidence, at, expected, proof - whichever it takes."""
    verb: str = ""
    """Where it is not the command's own word."""
    says: Text | None = None
    """The same: what it is called."""
    options: tuple[Option, ...] = ()
    form: Form | None = None
    """Personal data that it needs, from a file or standard input."""
    fixed: Given = field(default_factory=dict)
    papers: Callable[[Given], frozenset[Evidence]] = _no_more
    """What the record asks for beyond the table, for what was given."""
    target: Callable[[Given], str] = _whole
    """What a holder's phone must name in its proof."""
    shape: Callable[[Given], dict[str, Any]] = dict
    """From what was given to the method's keywords."""
    on_card: bool = True
    """Whether there is a card already."""

    @property
    def word(self) -> str:
        """What it is called on the command line."""
        return self.verb or self.command.value

    def every_choice(self) -> Iterator[Given]:
        """Everything that could be chosen, for whoever has to know all papers that may be asked for."""
        words = [(option.name, tuple(map(option.parse, option.choices))) for option in self.options if option.choices and not option.many]
        for values in product(*(values for _, values in words)):
            yield dict(zip((name for name, _ in words), values, strict=True))


def _lost(given: Given) -> str:
    return target_of(given["of"], given["phone"])


def _fare_terms(given: Given) -> dict[str, Any]:
    terms = FareTerms(fare=given["fare"], evidence=given["document"], review=seconds(given["review"]), expires=seconds(given["expires"]))
    return {"carrier": given["carrier"], "terms": terms}


ACTS: tuple[Act, ...] = (
    Act(
        command=Command.APPLY,
        method="apply",
        form=forms.APPLICATION,
        on_card=False,
        papers=lambda given: FOR_ELIGIBILITY[given["application"].eligibility],
    ),
    Act(command=Command.ACTIVATE, method="activate"),
    Act(command=Command.PRE_REPORT_LOSS, method="pre_report_loss", options=(_LOST, _PHONE)),
    Act(command=Command.WITHDRAW_PRE_LOSS, method="withdraw_pre_loss", options=(_LOST, _PHONE), target=_lost),
    Act(command=Command.REPORT_LOSS, method="report_loss", options=(_LOST, _PHONE)),
    Act(command=Command.WITHDRAW_LOSS, method="withdraw_loss", options=(_LOST, _PHONE)),
    Act(command=Command.FREEZE, method="freeze", options=(_FREEZE, _UNTIL, _REQUEST)),
    Act(command=Command.UNFREEZE, method="unfreeze"),
    Act(command=Command.REQUEST_FREEZE, method="request_freeze", options=(_FREEZE, _UNTIL)),
    Act(
        command=Command.DECLINE_FREEZE,
        method="decline_freeze",
        options=(Option(name="request", says=_REQUEST.says, parse=reference, metavar="REF", required=True),),
    ),
    Act(command=Command.LOCK, method="lock"),
    Act(
        command=Command.LOCK,
        method="lock_items",
        verb="lock-items",
        says=Text("锁定部分事项", "Lock groups of items"),
        options=(_GROUPS,),
        target=lambda given: groups_target(frozenset(given["groups"])),
    ),
    Act(command=Command.UNLOCK, method="unlock"),
    Act(
        command=Command.UNLOCK,
        method="unlock_items",
        verb="unlock-items",
        says=Text("解锁部分事项", "Unlock groups of items"),
        options=(_GROUPS,),
        target=lambda given: groups_target(frozenset(given["groups"])),
    ),
    Act(
        command=Command.UNBIND_PHONE,
        method="unbind_phone",
        options=(Option(name="phone", says=_PHONE.says, parse=reference, metavar="REF", required=True),),
        target=lambda given: str(given["phone"]),
    ),
    *(
        Act(command=command, method="note_pin_act", fixed={"act": command})
        for command in (Command.CHANGE_PIN, Command.RESET_PIN, Command.UNBLOCK_PIN)
    ),
    Act(
        command=Command.OPEN_CASE,
        method="open_case",
        options=(choice("category", Misuse, Text("违规类别", "kind of misuse"), required=True),),
    ),
    Act(
        command=Command.ADD_TO_CASE,
        method="add_to_case",
        options=(
            _CASE,
            choice("kind", Proof, Text("证据种类", "kind of evidence"), required=True),
            Option(
                name="digest",
                flag="--file",
                says=Text("证据文件，只登记其摘要", "the file; only its digest is noted"),
                parse=digest_of_file,
                sent=digest,
                metavar="FILE",
                required=True,
            ),
        ),
    ),
    Act(
        command=Command.DECIDE_CASE,
        method="decide_case",
        options=(_CASE, choice("decision", CaseDecision, Text("结论", "the decision"), required=True)),
    ),
    Act(
        command=Command.EXCHANGE,
        method="exchange",
        options=(choice("ground", ExchangeGround, Text("换领事由", "why it is exchanged"), required=True),),
        papers=lambda given: FOR_EXCHANGE[given["ground"]],
    ),
    Act(command=Command.HAND_OVER, method="hand_over"),
    Act(command=Command.REPLACE, method="replace"),
    Act(
        command=Command.REQUEST_CANCEL,
        method="request_cancel",
        options=(
            choice("ground", CancelGround, Text("注销事由", "why it is cancelled"), required=True),
            choice("applicant", Applicant, Text("申请人", "who asks"), required=True),
        ),
        papers=lambda given: FOR_CANCELLATION[given["ground"]] | FOR_APPLICANT[given["applicant"]],
    ),
    Act(
        command=Command.CANCEL,
        method="cancel",
        options=(_DECISION, choice("settled", Affair, Text("已结清的事项，可重复", "an affair that is settled, may be repeated"), many=True)),
    ),
    Act(
        command=Command.DESTROY,
        method="record_destruction",
        options=(
            _CHIP,
            choice("method", DestructionMethod, Text("销毁方式", "how it was destroyed"), required=True),
            Option(
                name="witness",
                says=Text("见证人，须为本机构人员", "the witness, an operator of this office"),
                parse=name,
                metavar="OPERATOR",
                required=True,
                resolve=lambda settings, found: settings.operator(found).person,
            ),
        ),
    ),
    Act(command=Command.PROPOSE_CORRECTION, method="propose_correction", form=forms.NEW_DATA),
    Act(command=Command.DECIDE_CORRECTION, method="decide_correction", options=(_DECISION,)),
    Act(command=Command.PROLONG_TEMPORARY, method="prolong_temporary"),
    Act(command=Command.ACTIVATE_ACCOUNT, method="activate_account", options=(_BANK,)),
    Act(command=Command.END_ACCOUNT, method="end_account", options=(_BANK,)),
    Act(
        command=Command.GRANT_FARE,
        method="grant_fare",
        options=(
            _CARRIER,
            Option(name="fare", says=Text("票价类别", "fare class"), parse=count, metavar="N", required=True),
            Option(name="review", says=Text("复核日期", "when it is reviewed"), parse=instant, metavar="TIME", required=True),
            Option(name="expires", says=Text("截止日期", "when it ends"), parse=instant, metavar="TIME", required=True),
        ),
        form=forms.FARE_PROOF,
        shape=_fare_terms,
    ),
    Act(command=Command.MOVE_FARE, method="move_fare", options=(_CARRIER,)),
    Act(
        command=Command.REVIEW_FARE,
        method="review_fare",
        options=(Option(name="again", says=Text("下次复核日期", "when to look again"), parse=instant, metavar="TIME", required=True),),
    ),
    Act(command=Command.END_FARE, method="end_fare"),
    Act(
        command=Command.TAKE_OVER,
        method="take_over",
        options=(Option(name="retires", says=Text("旧版卡停用时间", "when the older card retires"), parse=instant, metavar="TIME", required=True),),
        form=forms.OLDER_CARD,
    ),
    Act(
        command=Command.HAND_OUT,
        method="hand_out",
        options=(
            choice("to", HandedTo, Text("领卡人", "who takes it"), default=HandedTo.SELF),
            _POINT,
            Option(name="employer", says=Text("单位登记号", "the employer's registration"), parse=name, metavar="NAME"),
        ),
        papers=lambda given: PAPERS[given["to"]],
    ),
    Act(command=Command.STORE_UNCOLLECTED, method="store_uncollected"),
    Act(
        command=Command.DESTROY_STOCK,
        method="destroy_stock",
        options=(
            Option(name="how", says=Text("销毁方式", "how it was destroyed"), parse=line, metavar="TEXT", required=True),
            Option(
                name="witness",
                says=Text("见证人，须为本机构人员", "the witness, an operator of this office"),
                parse=name,
                metavar="OPERATOR",
                required=True,
                resolve=lambda settings, found: settings.operator(found).acting(),
            ),
        ),
    ),
    Act(command=Command.REMAKE_CHIP, method="remake_chip"),
    Act(command=Command.RECONCILE, method="reconcile_chip"),
)
WITH_HARDWARE = frozenset({Command.PERSONALISE, Command.BIND_PHONE, Command.RENEW, Command.GRANT_TEMPORARY})
"""Commands that a chip or a phone takes part in: see `webapp.office.hardware`."""
BY_PROOF = frozenset({Command.NOTE_DRIFT, Command.NOTE_DEAD_CHIP})
"""Commands that nobody gives: `ecard tap` does when a chip has proved something."""
BY_TIME = frozenset({Command.RELEASE_PRE_LOSS, Command.LAPSE})
"""Commands that nobody gives: `ecard tick` does when their time has come."""
