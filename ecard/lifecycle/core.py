"""Rows of a card that is applied for, made, handed over and used."""

from __future__ import annotations

from typing import TYPE_CHECKING

from codes.errors import Text
from ecard.lifecycle.table import ACTIVE, CLERK, IN_PERSON, LIVING, Command, Evidence, Rule
from ecard.model import CardState, Role

if TYPE_CHECKING:
    from collections.abc import Mapping

ROWS: Mapping[Command, Rule] = {
    Command.APPLY: Rule(
        title=Text("申领", "Apply"),
        effect=Text(
            "建立卡档，同时申领实体卡和电子社保卡，下达制卡。",
            "Opens the record, for the physical and the electronic card at once, and orders its production.",
        ),
        from_states=frozenset({None}),
        who=CLERK,
        evidence=frozenset({Evidence.FORM, Evidence.IDENTITY_DOCUMENT, Evidence.PORTRAIT}),
        articles=("CQ-5a", "CQ-5b", "CQ-12a", "ZS-15", "HZ-9a"),
        joint_desk=True,
    ),
    Command.PERSONALISE: Rule(
        title=Text("制卡", "Personalise"),
        effect=Text(
            "登记芯片公钥并签发芯片凭证，启用前为暂停状态。", "Records the chip's key and issues the chip's credential, suspended until activation."
        ),
        from_states=LIVING,
        who=frozenset({Role.PRODUCTION}),
        articles=("ZS-3", "HZ-12"),
    ),
    Command.ACTIVATE: Rule(
        title=Text("启用", "Activate"),
        effect=Text("实体卡和电子社保卡同时生效。", "Card and electronic card take effect together."),
        from_states=frozenset({CardState.PENDING}),
        done_in=frozenset({CardState.ACTIVE}),
        who=CLERK,
        evidence=IN_PERSON | {Evidence.OWN_USE_NOTICE},
        stopped_by_holds=True,
        needs_validity=True,
        articles=("CQ-11a", "HZ-9b", "ZS-13"),
        joint_desk=True,
    ),
    Command.BIND_PHONE: Rule(
        title=Text("绑定手机", "Bind a phone"),
        effect=Text(
            "登记手机密钥；经芯片认证的可领各类凭证，未认证的限期只领通用凭证。",
            "Enrols a phone's key; endorsed by the chip it may have every kind, otherwise general ones for a while.",
        ),
        from_states=ACTIVE,
        who=CLERK | {Role.HOLDER},
        evidence=IN_PERSON,
        evidence_of={Role.HOLDER: frozenset()},
        stopped_by_holds=True,
        needs_validity=True,
        articles=("CQ-2a", "ZZ-2b"),
    ),
    Command.RENEW: Rule(
        title=Text("更新凭证", "Renew credentials"),
        effect=Text(
            "为手机的新密钥签发新凭证，各凭证之间互不关联。", "Issues fresh credentials for fresh keys of the phone; none can be linked to another."
        ),
        from_states=ACTIVE,
        who=frozenset({Role.HOLDER}),
        stopped_by_holds=True,
        needs_validity=True,
        articles=("ZZ-2b", "ZS-11(2)"),
    ),
}
