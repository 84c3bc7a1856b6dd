"""The values of an edition of the policy in words that a resident understands; every value that rests on an article, and no other."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING

from codes.errors import Text
from ecard.policy import ChipLoss, PreLossEnd, StaffPapers
from verify.verdict import duration

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ecard.policybook import Edition

YEARS, MONTHS, DAYS_COUNT, TIMES, PHONES = (
    Text("{} 年", "{} years"),
    Text("{} 个月", "{} months"),
    Text("{} 天", "{} days"),
    Text("{} 次", "{} tries"),
    Text("{} 部", "{}"),
)
NAMES: Mapping[str, tuple[Text, Text | None]] = {
    "validity_years": (Text("卡的有效期", "How long a card is valid"), YEARS),
    "renewal_months": (Text("期满前多久可以换领", "How long before its end it may be renewed"), MONTHS),
    "remind_first": (Text("第一次到期提醒", "First reminder before its end"), DAYS_COUNT),
    "remind_second": (Text("第二次到期提醒", "Second reminder"), DAYS_COUNT),
    "remind_last": (Text("最后一次到期提醒", "Last reminder"), DAYS_COUNT),
    "phones_per_card": (Text("一张卡最多绑定手机", "Phones that one card may have"), PHONES),
    "pin_tries": (Text("密码最多输错", "Wrong PINs until the chip locks"), TIMES),
    "guardian_age": (Text("未满此年龄由监护人办理", "Age below which a guardian acts"), Text("{} 岁", "{} years of age")),
    "pre_loss_life": (Text("电话挂失后多久须补办书面挂失", "How long after a report by phone the written one is due"), None),
    "pre_loss_end": (Text("电话挂失期满未补办书面挂失", "When no written report has followed"), None),
    "chip_loss": (Text("只丢实体卡时手机上的电子社保卡", "The electronic card when only the chip is lost"), None),
    "temporary": (Text("临时凭证有效期", "How long a stand-in is valid"), None),
    "temporary_months": (Text("临时凭证最长延至", "How long it may be prolonged"), MONTHS),
    "collect_within": (Text("制成后多久内领卡", "How long a finished card waits"), None),
    "keep_uncollected": (Text("逾期未领的卡保管多久", "How long a card that was not collected is kept"), None),
    "freeze_longest": (Text("临时冻结最长期限", "How long a freeze may last"), None),
    "keep_identity_years": (Text("末卡终止后身份资料保管多久", "How long identity is kept after the last card ended"), YEARS),
    "keep_refused": (Text("未获发卡者的资料保管多久", "How long data are kept of whoever was given no card"), None),
    "ticket_within": (Text("投诉和咨询多久内答复", "How long a complaint or question waits for its answer"), None),
    "keep_tickets": (Text("投诉内容答复后保管多久", "How long what was said is kept after it was answered"), None),
    "staff_papers": (Text("工作人员未签保密承诺或未受训", "Staff without an undertaking or training"), None),
    "training_life": (Text("培训多久有效", "How long a training counts"), None),
    "venue_look": (Text("场所设备多久查看一次", "How often a venue's equipment is looked at"), None),
    "grant_longest": (Text("数据共享一次授权最长期限", "How long data may be shared on one approval"), None),
}
"""What a value is called, and how its number is read; a duration reads itself."""
WORDS: Mapping[enum.Enum, Text] = {
    PreLossEnd.HOLD_UNTIL_WRITTEN: Text("继续停用，直到补办", "it stays stopped until one does"),
    PreLossEnd.AUTO_RELEASE: Text("自动恢复使用", "it is released by itself"),
    ChipLoss.KEEPS_PHONES: Text("照常可用", "goes on working"),
    ChipLoss.STOPS_PHONES: Text("一并停用", "is stopped, too"),
    StaffPapers.ASKED: Text("列入督办", "is followed up"),
    StaffPapers.REQUIRED: Text("不得上岗", "do not work"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """One line."""

    name: Text
    says: Text
    articles: tuple[str, ...]


def values_of(edition: Edition) -> Sequence[Value]:
    """Every value that rests on an article, in the order of `NAMES`."""
    told = []
    for name, (title, form) in NAMES.items():
        value = getattr(edition.policy, name)
        if isinstance(value, enum.Enum):
            says = WORDS[value]
        elif form is None:
            says = duration(value)
        else:
            says = Text(form.zh.format(value), form.en.format(value))
        told.append(Value(name=title, says=says, articles=edition.basis.get(name, ())))
    return told
