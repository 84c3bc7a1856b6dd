"""Through which channel each kind of message leaves the office: a file in its folder, or mail to a desk where office.toml names one.

A message names references, never a person: the desk that gets it looks the card up and tells its holder.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from codes.errors import Text
from ecard.channels import FileChannel, MailChannel
from ecard.model import DueKind
from ecard.outbox import DELIVERED

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ecard.channels import Channel
    from ecard.outbox import Message, Topic
    from webapp.office.settings import OfficeSettings

WHAT: Mapping[str, Text] = {
    "written-loss-report": Text("电话挂失后尚未补办书面挂失", "A loss was reported by phone; the written report is still missing"),
    DueKind.RENEWAL_REMINDER: Text("社保卡即将到期，可以换领", "A card is about to expire and may be renewed"),
    DueKind.TEMPORARY_ENDS: Text("临时凭证即将到期", "A temporary credential is about to end"),
    DueKind.EXCHANGE: Text("资料已更正，应换领新卡", "Data was corrected; the chip is due for exchange"),
    DueKind.DESTRUCTION: Text("停用的芯片卡尚未登记销毁", "An ended chip card has no record of its destruction"),
    DueKind.FARE_REVIEW: Text("票价待遇应当复核", "A fare entitlement is due for review"),
    "ticket-late": Text("投诉到期尚未答复", "A complaint is late: nobody has answered it"),
    "sign-in-locked": Text("登录尝试过多，账号已暂停登录", "Too many tries to sign in: an account is paused"),
    "recovery-code-used": Text(
        "经办人用恢复码登录；验证器若已遗失请办理重置", "An operator signed in by a recovery code; if the authenticator is lost, have it reset"
    ),
    "operator-enrolled": Text("经办人领取了新的登录方式", "An operator was given new means to sign in"),
    "operator-reset-asked": Text("有人为经办人申请重置登录方式", "Somebody asked that an operator's means to sign in be reset"),
    "operator-reset-approved": Text(
        "重置登录方式已批准，24 小时后生效", "A reset of an operator's means to sign in was approved, for a day from now"
    ),
    "operator-reset-needless": Text("经办人本人已登录，重置作废；请核实申请人", "The operator signed in, so the reset is void: ask who wanted it"),
}


def channels(settings: OfficeSettings) -> dict[Topic, Channel]:
    """The channel of every topic that is delivered; publishing is a duty of its own."""
    return {topic: _channel(settings, topic) for topic in DELIVERED}


def _channel(settings: OfficeSettings, topic: Topic) -> Channel:
    mail = settings.mail
    if mail is None or topic not in mail.to:
        return FileChannel(folder=settings.messages / topic)
    return MailChannel(
        host=mail.host, port=mail.port, sender=mail.sender, encrypted=mail.encrypted, address=lambda message: mail.to[message.topic], wording=wording
    )


def wording(message: Message) -> tuple[Text, Text]:
    """Subject and text of a mail."""
    what = str(message.body.get("what", message.topic))
    subject = WHAT.get(what, Text(what, what))
    more = "\n".join(f"{name}: {value}" for name, value in message.body.items() if name not in {"what", "holder"} and value is not None)
    return subject, Text(f"{subject.zh}。\n{more}", f"{subject.en}.\n{more}")
