"""`ecard batch`, `order`, `tick`, `check`, `audit`, `retention`, `publish`, `db`: what an office does beside single cards."""

from __future__ import annotations

import shutil
import sqlite3
import sys
from typing import TYPE_CHECKING

import pytest

from tests.webapp.officehouse import FORM, NAME, Shell, number
from tests.webapp.test_office import founded, shell
from webapp.office.progress import Progress

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["founded", "shell"]


def employers_file(shell: Shell, *rows: str) -> str:
    path = shell.home / "staff.csv"
    path.write_text("\n".join(["证件号码,姓名,照片", *rows]) + "\n", "utf-8")
    return str(path)


# ------------------------------------------------------------------------------------------------------------ batches and plastic


@pytest.mark.article("ZS-15")
def test_an_employers_file_is_looked_through_taken_in_and_approved_by_another(shell: Shell) -> None:
    file = employers_file(shell, f"{number(1)},{NAME},1.jpg", f"{number(2)},巴山雨,2.jpg", f"{number(3)[:-1]}0,渝灯火,3.jpg")
    back = shell.home / "back.csv"
    preview = shell("batch", "preview", file, "--as", "clerk-1", *FORM, "--json", "--corrections", str(back))
    assert (preview.status, preview.page["accepted"], [row["row"] for row in preview.page["refused"]]) == (1, 2, [4])
    assert "退回原因" in back.read_bytes().decode("utf-8-sig")
    commit = ("batch", "commit", file, "--as", "clerk-1", "--employer", "E-1", *FORM, "--json")
    first, again = shell(*commit), shell(*commit)
    assert first.page == again.page
    batch = first.page["batch"]
    assert shell.refused("batch", "approve", batch, "--as", "clerk-1") == (1, "same-person")
    assert shell.done("batch", "approve", batch, "--as", "clerk-2") == {"batch": batch, "approved": 2, "refused": 1}
    order = shell.done("order", "place", "--maker", "M-1", "--as", "shop-1")
    assert order["lines"] == 2
    out = shell.home / "order.csv"
    shell.done("order", "file", order["ref"], "--out", str(out), "--as", "shop-1")
    assert out.stat().st_mode & 0o777 == 0o600
    assert NAME in out.read_bytes().decode("utf-8-sig")
    returned = shell.home / "return.csv"
    returned.write_text("行号,卡号,结果\n9,C000,成品\n", "utf-8")
    assert shell("order", "return", order["ref"], str(returned), "--as", "shop-1").status == 1
    assert shell.done("order", "stock") == {"imbalances": [], "overdue": []}
    assert shell("batch", "preview", file, "--as", "clerk-1", *FORM).out.startswith("3 行")


def test_one_application_is_taken_in_by_one_and_approved_by_another(shell: Shell) -> None:
    form = shell.form(name=NAME, identity_number=number(5))
    taken = shell.done("batch", "take-in", "--form", form, "--as", "clerk-1", *FORM)
    approve = ("batch", "approve-one", taken["ref"], "--as")
    assert shell.refused(*approve, "clerk-1") == (1, "same-person")
    assert shell.done(*approve, "clerk-2")["card"]


@pytest.mark.error("office-point")
def test_somebody_without_a_place_must_name_one(shell: Shell) -> None:
    shell.done("office", "operator", "clerk-9", "--person", "staff-9", "--role", "clerk")
    form = shell.form(name=NAME, identity_number=number(6))
    assert shell.refused("batch", "take-in", "--form", form, "--as", "clerk-9", *FORM) == (2, "office-point")


def test_progress_is_drawn_on_a_terminal_and_wiped(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    with Progress("x") as silent:
        silent(1, 2)
    assert capsys.readouterr().err == ""
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    with Progress("x") as bar:
        bar(1, 2)
        bar(1, 2)
        bar(2, 2)
    drawn = capsys.readouterr().err
    assert drawn.count("50 %") == 1
    assert "100 %" in drawn
    assert drawn.endswith("\r\x1b[K")


# ------------------------------------------------------------------------------------------------------------ time and assurance


def test_a_tick_does_what_is_due_and_the_next_finds_nothing(shell: Shell) -> None:
    shell.active()
    first, again = shell.done("tick"), shell.done("tick")
    assert first["done"]["publishing"] > 0
    assert again["done"]["publishing"] == 0
    assert not first["failed"]
    assert list((shell.folder / "published" / "status").glob("*.cwt"))
    assert "发布 / publishing" in shell("tick").out


@pytest.mark.error("office-scenes")
def test_a_duty_that_fails_is_told_and_shows_in_the_exit_status(shell: Shell) -> None:
    shell.active()
    (shell.folder / "scenes" / "CN-CQ.json").write_text("{}", "utf-8")
    answer = shell("tick", "--json")
    assert answer.status == 1
    assert answer.page["failed"] == {"publishing": "office-scenes"}


def test_scenes_that_are_edited_are_published(shell: Shell) -> None:
    assert shell.done("publish")["documents"] == []
    path = shell.folder / "scenes" / "CN-CQ.json"
    path.write_text(path.read_text("utf-8").replace("Metro gate", "Metro gates"), "utf-8")
    assert shell.done("publish")["documents"] == ["CN-CQ"]
    assert "信任文件已更新" not in shell("publish").out


def test_the_record_is_checked_and_damage_is_found(shell: Shell) -> None:
    card = shell.active()
    shell.done("publish")
    assert shell.done("check")["bad"] == 0
    with sqlite3.connect(shell.folder / "record.db") as record:
        record.execute("DROP TRIGGER IF EXISTS card_event_frozen")
        for (name,) in record.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            record.execute(f"DROP TRIGGER {name}")
        record.execute("UPDATE card_event SET actor = 'somebody' WHERE card = ? AND seq = 2", (card,))
    record.close()
    assert shell("check").status == 1
    assert shell("audit", "verify").status == 1
    assert shell.refused("card", "events", card) == (3, "chain-broken")


def test_a_checkpoint_kept_elsewhere_shows_that_the_record_was_put_back(shell: Shell) -> None:
    shell.active()
    old = shell.home / "old"
    shutil.copytree(shell.folder, old)
    kept = shell.home / "kept.cbor"
    assert shell.done("audit", "checkpoint", "--out", str(kept))["checkpoint"]["number"] == 1
    assert shell.done("audit", "checkpoint")["checkpoint"] is None
    assert shell("audit", "verify", "--kept", str(kept)).status == 0
    assert shell.plain("audit", "verify", "--kept", str(kept), "--office", str(old)).status == 1


def test_retention_says_what_it_destroyed(shell: Shell) -> None:
    shell.applied()
    assert shell.done("retention")["done"]["identity"] == 0
    assert "末卡终止已久的人" in shell("retention").out


# ------------------------------------------------------------------------------------------------------------ the database


def test_a_backup_is_made_refused_twice_and_brought_back(shell: Shell) -> None:
    shell.active()
    backup = shell.home / "backup.db"
    saved = shell.done("db", "backup", str(backup))
    assert shell.refused("db", "backup", str(backup)) == (3, "backup-exists")
    assert shell.refused("db", "restore", str(backup)) == (3, "backup-exists")
    for path in shell.folder.glob("record.db*"):
        path.unlink()
    assert shell.done("db", "restore", str(backup)) == saved
    assert shell.done("db", "verify")["rows"]["card"] == 1
    assert shell.done("db", "upgrade")["version"] == saved["version"]
    assert "完好：1 张卡" in shell("db", "verify").out


def test_an_office_without_its_keys_does_not_open(shell: Shell, tmp_path: Path) -> None:
    shutil.move(shell.folder / "keys", tmp_path / "safe")
    assert shell.refused("tick") == (3, "key-missing")
