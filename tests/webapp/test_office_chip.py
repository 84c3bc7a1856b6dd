"""`ecard tap` and `ecard chip`: chips made, tapped, stopped and opened, their PINs, and desks without a line."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from codes.blocklists import BlockList
from physical import __main__ as reader
from physical.binding import BindingSession
from physical.image import inserted
from tests.ecard.city import key
from tests.webapp.officehouse import COUNTER, NAME, Shell, number
from tests.webapp.test_office import founded, shell
from webapp import cli
from webapp.demo.gates import Gate

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["founded", "shell"]

REPORT = ("--as", "clerk-1", *COUNTER, "--evidence", "written-loss-report", "--yes")
PIN = "135790"


def tap(shell: Shell, *more: str) -> Any:
    answer = shell("tap", "--image", str(shell.home / "chip.img"), "--json", *more)
    assert answer.status in {0, 1}, answer
    return answer.page


def read(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, Any]:
    """`ecard-reader` with --json: its exit status, and what it said on either stream."""
    capsys.readouterr()
    try:
        status = reader.main(["--json", *words])
    except SystemExit as left:
        return int(str(left.code)), {}
    out, err = capsys.readouterr()
    return status, json.loads((out or err).splitlines()[-1])


def lose(shell: Shell, card: str) -> None:
    shell.done("card", "report-loss", card, *REPORT)


def find(shell: Shell, card: str) -> None:
    shell.done("card", "withdraw-loss", card, "--as", "clerk-1", *COUNTER, "--yes")


@pytest.mark.threat("E05")
def test_a_loss_reaches_the_chip_at_its_next_tap_and_its_withdrawal_too(shell: Shell) -> None:
    card = shell.active()
    page = tap(shell)
    assert (page["card"], page["scripts"], page["in_step"]) == (card, [{"seq": 1, "state": "active"}], True)
    assert tap(shell)["scripts"] == []
    lose(shell, card)
    assert "芯片待同步" in shell("chip", "show", card).out
    page = tap(shell, "--desk", "desk-7")
    assert page["scripts"] == [{"seq": 2, "state": "suspended"}]
    shown = shell.done("chip", "show", card)["chips"][0]
    assert (shown["note"]["seq"], shown["note"]["reader"], shown["status"]) == (2, "desk-7", "suspended")
    assert "请先核对来人与证件" in shell("tap", "--image", str(shell.home / "chip.img")).out
    find(shell, card)
    answer = shell("tap", "--image", str(shell.home / "chip.img"))
    assert answer.status == 0
    assert "已送达  可用 / active" in answer.out
    assert "可以从读卡器取出" in answer.out
    assert shell.done("check")["bad"] == 0


def test_a_made_chip_carries_what_a_social_security_card_carries(shell: Shell, capsys: pytest.CaptureFixture[str]) -> None:
    shell.active()
    status, said = read(capsys, "read", "--image", str(shell.home / "chip.img"), "--show")
    assert status == 0
    assert NAME in json.dumps(said, ensure_ascii=False)
    assert number(1) in json.dumps(said)
    assert NAME not in json.dumps(read(capsys, "read", "--image", str(shell.home / "chip.img"))[1], ensure_ascii=False)


def break_off(shell: Shell, words: tuple[str, ...]) -> None:
    """The chip is pulled before its credential is written."""

    def pulled(_session: BindingSession, _credential: bytes) -> None:
        raise InterruptedError

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(BindingSession, "write_credential", pulled)
        with pytest.raises(InterruptedError):
            shell("chip", "personalise", *words)


def test_a_making_that_broke_off_is_gone_on_with_and_leaves_a_chip_that_works(shell: Shell) -> None:
    card, image, letter = shell.applied(), str(shell.home / "chip.img"), shell.home / "pin.txt"
    words = (card, "--as", "shop-1", "--image", image, "--pin-letter", str(letter), "--yes")
    break_off(shell, words)
    assert shell.done("card", "show", card)["carriers"][0]["status"] == "suspended"
    first = letter.read_text("ascii")
    shell.done("chip", "resume", *words)
    assert letter.read_text("ascii") != first
    shell.done("chip", "resume", *words)
    shell.done("card", "activate", card, "--as", "clerk-2", *COUNTER, "--evidence", "own-use-notice-accepted", "--yes")
    assert tap(shell)["after"] == {"seq": 1, "state": "active"}


@pytest.mark.error("chip-other")
@pytest.mark.error("chip-not-in-making")
def test_a_chip_that_cannot_be_finished_is_given_up_and_another_is_made(shell: Shell) -> None:
    card, image, letter = shell.applied(), str(shell.home / "chip.img"), str(shell.home / "pin.txt")
    break_off(shell, (card, "--as", "shop-1", "--image", image, "--pin-letter", letter, "--yes"))
    page = shell.done("chip", "void", card, "--as", "shop-1", "--yes")
    assert [carrier["end_reason"] for carrier in page["card"]["carriers"]].count("destroyed") == 1
    assert shell.refused("chip", "resume", card, "--as", "shop-1", "--image", image, "--pin-letter", letter, "--yes")[1] == "chip-other"
    shell.done("chip", "personalise", card, "--as", "shop-1", "--image", str(shell.home / "second.img"), "--pin-letter", letter, "--yes")
    shell.done("card", "activate", card, "--as", "clerk-2", *COUNTER, "--evidence", "own-use-notice-accepted", "--yes")
    assert shell.refused("chip", "void", card, "--as", "shop-1", "--yes")[1] == "chip-not-in-making"
    assert shell.done("check")["bad"] == 0


def pins(shell: Shell, *lines: str) -> str:
    path = shell.home / "pins"
    path.write_text("\n".join(lines) + "\n", "ascii")
    return str(path)


@pytest.mark.threat("E07", "F12")
def test_a_forgotten_or_blocked_pin_is_mended_at_a_counter_live_and_on_record(shell: Shell) -> None:
    card, image = shell.active(), str(shell.home / "chip.img")
    tap(shell)
    initial = (shell.home / "pin.txt").read_text("ascii").strip()
    counter = ("--as", "clerk-1", *COUNTER, "--image", image, "--yes")
    shell.done("chip", "change-pin", card, *counter, "--pin-file", pins(shell, initial, PIN))
    assert shell.refused("chip", "unblock-pin", card, "--as", "clerk-1", "--image", image, "--yes")[1] == "evidence-missing"
    with inserted(shell.home / "chip.img", bytes) as transport:
        session = BindingSession(transport)
        session.select()
        for _ in range(6):
            with pytest.raises(Exception, match="pin-"):
                session.verify_pin("000000")
    assert tap(shell)["pin_blocked"] is True
    assert "ecard chip unblock-pin" in shell("tap", "--image", image).out
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(BindingSession, "apply_pin_script", lambda session, script: session.status(script[5:13]))
        assert shell.refused("chip", "unblock-pin", card, *counter)[1] == "pin-blocked", "an answer that is true and no obedience"
    shell.done("chip", "unblock-pin", card, *counter)
    assert tap(shell)["pin_blocked"] is False
    letter = shell.home / "new-pin.txt"
    shell.done("chip", "reset-pin", card, *counter, "--pin-letter", str(letter))
    with inserted(shell.home / "chip.img", bytes) as transport:
        session = BindingSession(transport)
        session.select()
        session.verify_pin(letter.read_text("ascii").strip())
    commands = [event["command"] for event in shell.done("card", "events", card)["events"]]
    assert commands[-3:] == ["unblock-pin", "unblock-pin", "reset-pin"]


@pytest.mark.error("chip-other")
@pytest.mark.threat("E01")
def test_a_counter_tells_no_pin_to_a_chip_that_has_not_proved_to_be_the_cards(shell: Shell) -> None:
    card, image = shell.active(), shell.home / "chip.img"
    image.rename(shell.home / "first.img")
    shell.active(2)
    counter = ("--as", "clerk-1", *COUNTER, "--yes", "--pin-file", pins(shell, (shell.home / "pin.txt").read_text("ascii").strip(), PIN))
    assert shell.refused("chip", "change-pin", card, *counter, "--image", str(image))[1] == "chip-other"
    with inserted(shell.home / "first.img", bytes) as transport:
        session = BindingSession(transport)
        session.select()
        code = session.read_card_id().hex()
    copy = shell.home / "copy.img"
    assert reader.main(("softcard", "new", str(copy), "--card-id", code)) == 0
    assert shell.refused("chip", "change-pin", card, *counter, "--image", str(copy))[1] == "chip-proof"
    commands = [event["command"] for event in shell.done("card", "events", card)["events"]]
    assert "change-pin" not in commands


def test_a_phone_is_unbound_by_chip_and_pin_at_a_registered_reader(shell: Shell) -> None:
    card = shell.with_phone()
    tap(shell)
    phone = next(carrier["ref"] for carrier in shell.done("card", "show", card)["carriers"] if carrier["kind"] == "phone")
    there = ("--image", str(shell.home / "chip.img"), "--pin-file", pins(shell, PIN), "--yes")
    assert shell.refused("chip", "unbind", card, phone, *there, "--reader", "nobody")[1] == "reader-unknown"
    shell.done("chip", "unbind", card, phone, *there, "--reader", "reader-1")
    carriers = shell.done("card", "show", card)["carriers"]
    assert [carrier["end_reason"] for carrier in carriers if carrier["ref"] == phone] == ["unbound"]
    assert "unbind" in {proof["kind"] for proof in shell.done("chip", "show", card)["chips"][0]["proofs"]}


def gate(shell: Shell, scene: str = "hospital") -> Path:
    shell.done("publish")
    made = Gate.set_up(shell.home / "gate", scene, terminal="T-1", root=shell.folder / "published" / "metadata" / "1.root.json")
    made.take(shell.folder / "published", at=cli._now())
    made.close()
    return shell.home / "gate"


def refresh(shell: Shell) -> None:
    shell.done("publish")
    again = Gate(shell.home / "gate", "hospital")
    again.take(shell.folder / "published", at=cli._now())
    again.close()


def test_a_chip_in_front_of_a_terminal_gets_the_verdict_of_a_code(shell: Shell, capsys: pytest.CaptureFixture[str]) -> None:
    card, image = shell.active(), str(shell.home / "chip.img")
    state = str(gate(shell))
    status, said = read(capsys, "present", "--state", state, "--image", image)
    assert (status, said.get("verdict"), said.get("profile"), said.get("iss")) == (0, "accepted", 3, "CN-CQ"), said
    assert read(capsys, "present", "--state", state, "--image", image, "--scene", "metro")[1]["reason"] == "not-recognised-here"
    lose(shell, card)
    refresh(shell)
    assert read(capsys, "present", "--state", state, "--image", image)[1]["reason"] == "suspended"
    tap(shell)
    find(shell, card)
    refresh(shell)
    said = read(capsys, "present", "--state", state, "--image", image)[1]
    assert (said["reason"], said["facts"]["chip_seq"]) == ("suspended", 2)
    assert reader.main(("present", "--state", state, "--image", image)) == 0
    shown = capsys.readouterr().out
    assert shown.startswith("✕ ")
    assert "  处理  " in shown


@pytest.mark.threat("E03")
def test_a_desk_without_a_line_stops_a_lost_chip_and_its_receipt_counts_when_it_comes_back(shell: Shell, capsys: pytest.CaptureFixture[str]) -> None:
    card, image = shell.active(), str(shell.home / "chip.img")
    tap(shell)
    state, receipts = str(gate(shell)), shell.home / "receipts.jsonl"
    shell.done("chip", "lists")
    listed = shell.folder / "published" / "chips" / "CN-CQ.blocks"
    words = ("block", "--state", state, "--image", image, "--receipts", str(receipts), "--list", str(listed))
    assert read(capsys, *words)[1]["outcome"] == "valid"
    lose(shell, card)
    assert shell.done("chip", "lists")["lists"][0]["entries"] == 1
    assert read(capsys, *words)[1]["outcome"] == "valid", "only a fresh status list lets a script be delivered"
    refresh(shell)
    assert read(capsys, *words, "--at", "2026-11-22T00:00:00Z")[0] == 2, "a desk chooses no time at which its lists were fresh"
    assert read(capsys, *words)[1]["outcome"] == "blocked"
    assert read(capsys, *words)[1]["outcome"] == "known"
    assert shell.done("chip", "receipts", str(receipts)) == {"noted": 6, "refused": []}
    shown = shell.done("chip", "show", card)["chips"][0]
    assert (shown["note"]["seq"], shown["note"]["state"], shown["note"]["reader"]) == (2, "suspended", "T-1")
    assert shell.done("chip", "receipts", str(receipts))["noted"] == 6
    assert shell.done("chip", "lists")["lists"][0]["entries"] == 0
    assert shell.done("check")["bad"] == 0


@pytest.mark.error("block-receipts")
def test_a_file_that_holds_no_receipts_is_named_and_a_bad_line_stops_no_other(shell: Shell) -> None:
    path = shell.home / "r"
    for content in ("not json", '{"card_id": 7}', "[1]", "[" * 200_000):
        path.write_text(content)
        assert shell.refused("chip", "receipts", str(path)) == (2, "block-receipts")
    unknown = {"card_id": "00" * 16, "reader": "T-1", "challenge": "00" * 32, "answer": "00"}
    path.write_text(json.dumps(unknown) + "\n" + json.dumps({"card_id": "00", "reader": "T", "script": "xx"}) + "\n")
    answer = shell("chip", "receipts", str(path), "--json")
    assert answer.status == 1
    assert [line["code"] for line in answer.page["refused"]] == ["chip-unknown", "block-receipts"]


@pytest.mark.error("block-list-missing")
@pytest.mark.error("receipts-unwritable")
@pytest.mark.error("block-list-elsewhere")
def test_a_desk_without_a_line_says_what_it_misses(shell: Shell, capsys: pytest.CaptureFixture[str]) -> None:
    shell.active()
    state, listed = str(gate(shell)), shell.home / "list"
    words = ("block", "--state", state, "--image", str(shell.home / "chip.img"), "--list", str(listed))
    assert read(capsys, *words, "--receipts", str(shell.home / "r"))[1]["error"] == "block-list-missing"
    shell.done("chip", "lists")
    listed.write_bytes(BlockList.issue("CN-SC", {}, key("another region"), salt=bytes(16), iat=0, exp=9).raw)
    assert read(capsys, *words, "--receipts", str(shell.home / "r"))[1]["error"] == "block-list-elsewhere"
    assert read(capsys, *words, "--receipts", str(shell.home))[1]["error"] == "receipts-unwritable"


@pytest.mark.threat("E06")
def test_a_chip_that_is_apart_is_held_said_so_and_settled_by_a_clerk(shell: Shell) -> None:
    card, image = shell.active(), shell.home / "chip.img"
    tap(shell)
    before = image.read_bytes()
    tap(shell)
    image.write_bytes(before)
    answer = shell("tap", "--image", str(image))
    assert answer.status == 1
    assert "可能有复制的芯片" in answer.out
    assert "ecard card reconcile" in answer.out
    assert tap(shell)["after"]["state"] == "suspended"
    shell.done("card", "reconcile", card, "--as", "clerk-1", *COUNTER, "--evidence", "review", "--yes")
    assert tap(shell)["in_step"] is True
