"""The office's verbs, put into the command line of `ecard`. What they are made of is read when one of them is used."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable
    from datetime import datetime

    from webapp.office.deferred import Deferred

VERBS = {
    "office": "卡管机构：新建、人员、网点 / a card office: made, its people and places",
    "card": "卡片：查看与办理 / cards: looked at, and everything that is done to one",
    "chip": "芯片：制作、密码、离线挂失名单 / chips: made, PINs, lists for desks without a line",
    "tap": "读一次芯片：核对、送达、登记回执 / one tap: compare, deliver, note the receipt",
    "batch": "单位批量申领 / an employer's applications in one file",
    "order": "制卡单与库存 / orders to the card maker, and stock",
    "tick": "办理到期事项，可定时反复执行 / do what time demands; run it as often as you like",
    "check": "独立核对档案，应为 0 处不符 / check the record a second time, on its own",
    "audit": "审计链与检查点 / chains and checkpoints",
    "retention": "销毁保管期满的资料 / destroy what is no longer to be kept",
    "terminal": "终端：登记、日志、待核查事项 / terminals: registered, their journals, what to look at",
    "trust": "信任库：离线密钥、签名仪式、签发密钥 / the trust repository: keys kept apart, ceremonies, issuing keys",
    "publish": "发布名单与信任文件 / publish lists and trust",
    "db": "数据库：升级、核对、备份、恢复 / the database: upgrade, verify, backup, restore",
    "receipt": "核验回执 / check a receipt",
    "venue": "用卡场所：设备、无障碍设施、终端 / venues: equipment, access, terminals",
    "staff": "人员：保密承诺书、培训 / staff: undertakings, trainings",
    "sharing": "数据共享台账：授权、使用、删除 / data that is shared: granted, used, deleted",
    "ticket": "投诉、反映与咨询：受理、查看、答复 / complaints, reports, questions: taken in, read, answered",
    "items": "应用事项清单：草拟、决定、公布 / the public list of items",
}


def register(verbs: argparse._SubParsersAction[Deferred], clock: Callable[[], datetime]) -> None:
    """Add the verbs. `clock` is where time enters."""
    for word, says in VERBS.items():
        parser = verbs.add_parser(word, help=says, description=says, allow_abbrev=False)
        parser.set_defaults(clock=clock)
        parser.fill = partial(_fill, word)


def _fill(word: str, parser: Deferred) -> None:
    from webapp.office import verbs  # noqa: PLC0415 because the record's table, and with it the database's library, is imported for these verbs only

    verbs.FILLERS[word](parser)
