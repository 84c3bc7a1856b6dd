"""The whole walk, from an empty folder to the last verdict, and what is left for looking at."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from shlex import quote
from statistics import median
from typing import TYPE_CHECKING

from codes.errors import SetupError, StateError, Text
from webapp import faults
from webapp.demo.account import Account, instant
from webapp.demo.beginning import begin
from webapp.demo.cast import Timeline
from webapp.demo.folder import DemoFolder
from webapp.demo.loss import lose_and_find
from webapp.demo.narrator import Narrator, milliseconds
from webapp.demo.showing import show
from webapp.demo.slot import plain_slot
from webapp.demo.stage import Paint, Stage
from webapp.demo.tricks import try_tricks
from webapp.width import pad

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path
    from typing import TextIO

    from webapp.demo.slot import Slot

_OPENING = (
    "这座城市此刻才建，居民是虚构的，判断是真的：每一个结论都出自一台终端，其间没有任何网络。",
    "The city is built as you watch, nobody in it exists, and every verdict comes from a real terminal, offline.",
)
_LEFT = (
    ("pictures/", "码的图片与照片", "the code as drawn, and as photographed"),
    ("codes/", "出示过的每一个码", "every code that was shown, as text"),
    ("terminals/", "四台终端的状态目录", "the state of four terminals"),
    ("published/", "签名的信任仓库与停用名单", "the signed trust repository and lists"),
    ("stick/", "挂失后带到图书馆的 U 盘", "the stick that carried the loss report"),
    ("phone/", "手机：密钥与凭证", "the phone: keys and credentials"),
    ("chip.img", "实体卡的芯片（软件卡）", "the card's chip, a soft card"),
    ("office/", "卡档数据库与密钥", "the record's database and keys"),
    ("account.json", "全程记录，供程序读取", "the whole account, for programs"),
)
_ASKED = "0123456789abcdef"


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """How the walk is told: where to, in colour or not, what is waited for between acts, and how the programs of the house are called here."""

    out: TextIO
    colour: bool
    program: Callable[[str], str]
    pause: Callable[[], None] | None = None
    slot: Callable[[ExitStack], Slot] = plain_slot
    """Where the card is put in."""


def walk(root: Path, telling: Telling, *, now: datetime) -> None:
    """Build the city anew in `root` and walk it, ending just before `now`.

    Raises what the product raises when it will not work here, and `StateError` demo-differs when a terminal judged otherwise than the walk expects;
    account.json is written in that case too.
    """
    now = now.replace(microsecond=0)
    folder = DemoFolder.fresh(root)
    stage = Stage(telling.out, colour=telling.colour)
    account = Account(at=now)
    narrator = Narrator(stage, account, pause=telling.pause)
    stage.title("川渝电子社保卡 · 演示系统", "The e-card of Sichuan and Chongqing, a demonstration", _OPENING)
    try:
        with ExitStack() as closing:
            cast = begin(narrator, Timeline(now), folder, telling.slot(closing), closing)
            show(cast)
            try_tricks(cast)
            lose_and_find(cast)
    except BrokenPipeError:
        raise  # whoever reads the account has gone; nothing is wrong with the disk
    except OSError as problem:
        raise SetupError(faults.OUTPUT_UNWRITABLE, problem=problem.strerror) from problem
    account.write(folder.account, ms=narrator.worked * 1000)
    _close(stage, root, telling, account, end=Timeline(now).end, seconds=narrator.worked)
    if account.deviations:
        raise StateError(faults.DEMO_DIFFERS, verdicts=", ".join(verdict["name"] for verdict in account.deviations))


def _close(stage: Stage, root: Path, telling: Telling, account: Account, *, end: datetime, seconds: float) -> None:
    judged = account.verdicts
    right = len(judged) - len(account.deviations)
    rule = stage.paint("━" * 100, Paint.TITLE)
    stage.write("", rule)
    each = milliseconds(median(verdict["ms"] for verdict in judged))
    told = Text(
        f"{len(judged)} 次判断，{right} 次与预期一致；单次判断用时中位数 {each}，全程 {seconds:.1f} 秒",
        f"{right} of {len(judged)} verdicts as expected; the median decision took {each}, the whole walk {seconds:.1f} s",
    )
    stage.line("✕" if account.deviations else "✓", told, paint=Paint.RED if account.deviations else Paint.GREEN)
    stage.write(rule, "", f"  {stage.paint(f'留在 {root} 里的东西', Paint.BOLD)}  {stage.paint(f'What lies in {root}', Paint.DIM)}")
    for name, zh, en in _LEFT:
        stage.write(f"    {pad(name, 14)}{pad(zh, 28)}{stage.paint(en, Paint.DIM)}")
    stage.write("", f"  {stage.paint('接着试试', Paint.BOLD)}  {stage.paint('Try next', Paint.DIM)}")
    for (zh, en), command in _commands(root, telling.program, end):
        stage.write(f"    {zh}  {stage.paint(en, Paint.DIM)}", f"      {stage.paint(command, Paint.TITLE)}")
    stage.write("")


def _commands(root: Path, program: Callable[[str], str], end: datetime) -> list[tuple[tuple[str, str], str]]:
    """What can be tried next, as it can be pasted."""
    code, terminal, reader = program("ecard"), program("ecard-terminal"), program("ecard-reader")

    def at(*steps: str) -> str:
        return quote(str(root.joinpath(*steps)))

    metro, hospital, phone = at("terminals", "metro"), at("terminals", "hospital"), at("phone")
    last, pipe = at("codes", "found-metro.txt"), " \\\n        | "
    redirect = " \\\n        < "
    return [
        (
            ("最后那个码，按当时的时间判断：通过", "the last code, judged at its own time: accepted"),
            f"{terminal} scan --state {metro} --at {instant(end)}{redirect}{last}",
        ),
        (("同一个码，现在再扫：已过期", "the same code, judged now: too old"), f"{terminal} scan --state {metro} < {last}"),
        (
            ("手机此刻出一个新码：通过；马上再来一次：请等新码", "a new code, now: accepted; twice: replayed"),
            f"{code} code --phone {phone}{pipe}{terminal} scan --state {metro}",
        ),
        (
            ("实名码，回答医院窗口的核验码", "an identity code that answers a hospital desk's challenge"),
            f"{code} code --phone {phone} --identity --challenge {_ASKED}{pipe}{terminal} scan --state {hospital} --challenge {_ASKED}",
        ),
        (("终端的健康状况", "how a terminal is"), f"{terminal} health --state {hospital}"),
        (("让芯片当场证明自己", "have the chip prove itself"), f"{reader} status --image {at('chip.img')}"),
        (("把实体卡插进医院窗口", "put the card in at the hospital desk"), f"{reader} present --state {hospital} --image {at('chip.img')}"),
    ]
