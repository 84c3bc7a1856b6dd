"""Acts with a network in them: a gate that is connected hears of the loss at once; and in the evening the journals of all gates meet."""

from __future__ import annotations

from contextlib import contextmanager
from threading import Thread
from time import perf_counter
from typing import TYPE_CHECKING

from werkzeug.serving import WSGIRequestHandler, make_server

from codes.claims import Audience
from codes.errors import Text
from ecard.model import FindingKind
from webapp import SERVICES, create_app
from webapp.demo.beginning import TERMINALS
from webapp.demo.cast import CONNECTED
from webapp.demo.narrator import milliseconds
from webapp.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ecard.model import JournalFinding
    from webapp.demo.cast import Cast

_FAREWELL_S = 5.0


class _Quiet(WSGIRequestHandler):
    """Nothing of a request is told: the account of the walk tells what came of it."""

    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002 because werkzeug calls it so
        """See `WSGIRequestHandler.log`."""


@contextmanager
def serving(published: Path) -> Iterator[str]:
    """The service of the house over what is published, at an address of this machine that nobody else has."""
    app = create_app(Settings(published=published.resolve()))
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Quiet)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        server.shutdown()
        app.extensions[SERVICES].close(within=_FAREWELL_S)
        server.server_close()
        thread.join()


def hear_of_it(cast: Cast) -> None:
    """The connected gate follows the status chain and refuses, a moment after the report."""
    narrator, at, gate = cast.narrator, cast.times.ago(minutes=40, seconds=-3), cast.gates[CONNECTED]
    narrator.act("connected", "联网的闸机随即知道", "A connected gate knows at once", at=at)
    with serving(cast.city.folder.published) as url:
        since = perf_counter()
        parts = {part.part: part for part in gate.sync(url, at=at)}
        took = milliseconds((perf_counter() - since) * 1000)
    versions = {name: part.facts["seq"] for name, part in parts.items() if "seq" in part.facts}
    narrator.did(
        f"经本机网络同步状态链，用时 {took}：{len(versions)} 条链到达新版本，每个版本的根都与签名核对过",
        f"The status chains over this machine's own network in {took}: {len(versions)} chains at their new version, every root checked against its signature",
        chains=len(versions),
    )
    code = cast.phone.make_code(Audience.GENERAL, at=at).to_text()
    cast.keep("lost-connected", code)
    narrator.judged("lost-connected", Text("捡到手机的人来到这台闸机", "The finder comes to this gate"), gate.judge(code, at=at), "suspended")


def meet(cast: Cast) -> None:
    """All journals reach the office: sealed on the way, checked again there, and what was used twice is found."""
    narrator, at = cast.narrator, cast.times.ago(minutes=1)
    narrator.act("journals", "各终端的日志汇合", "The journals of the terminals meet", at=at)
    found: list[JournalFinding] = []
    count = size = 0
    for name in TERMINALS:
        body = cast.gates[name].journal(at=at)
        if body:
            taken = cast.city.office.take_journal(body, at=at)
            found += taken.findings
            count, size = count + taken.taken, size + len(body)
    narrator.did(
        f"收到 {count} 条验码记录，{size / 1024:.0f} KB：在终端上只能写不能读，没有姓名和证件号，逐条重新核验签名",
        f"{count} verdicts in {size / 1024:.0f} KB: sealed on the terminals, nobody named; every proof is checked again",
        entries=count,
        bytes=size,
    )
    twice = [finding for finding in found if finding.kind is FindingKind.DOUBLE_USE]
    for finding in twice:
        narrator.did(
            f"发现一码两用：{finding.terminal} 与 {finding.other_terminal}，相隔 {finding.measured} 秒；转人工核查，不自动停卡",
            f"One code at two gates: {finding.terminal} and {finding.other_terminal}, {finding.measured} s apart; for a person to look at, no card is stopped",
            mark="!",
            seconds=finding.measured,
        )
    others = len(found) - len(twice)
    narrator.did(f"其他待核查事项：{others} 项", f"Other things to look at: {others}", mark="·", findings=len(found))
