"""The programs themselves over the real PC/SC stack, each in a process of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Any

from physical.image import create_image
from physical.sscfields import Generation
from tests.physical.sscchips import SoftPsam, ssc_card, ssc_memory

if TYPE_CHECKING:
    from pathlib import Path

    from physical.vpcd_service import VirtualReaders
    from tests.physical.real.conftest import Slot

PROGRAM = [sys.executable, "-m", "physical", "--json"]


def surroundings(socket: str) -> dict[str, str]:
    kept = {name: value for name in ("PATH", "VIRTUAL_ENV", "COVERAGE_PROCESS_START") if (value := os.environ.get(name))}  # noqa: TID251 because a child needs its surroundings
    return kept | {"PCSCLITE_CSOCK_NAME": socket}


def said(socket: str, *arguments: str) -> list[dict[str, Any]]:
    told = subprocess.run([*PROGRAM, *arguments], capture_output=True, check=True, env=surroundings(socket), text=True, encoding="utf-8")
    return [json.loads(line) for line in told.stdout.splitlines()]


def test_a_soft_card_stays_in_a_virtual_reader_until_it_is_stopped(tmp_path: Path, virtual: VirtualReaders) -> None:
    assert virtual.names
    image = tmp_path / "chip.img"
    create_image(image)
    image.write_bytes(bytes(ssc_memory().content))
    for flavour in ([], ["--t0"]):
        keeper = subprocess.Popen([*PROGRAM, "virtual", str(image), *flavour], stdout=subprocess.PIPE, text=True, encoding="utf-8")
        assert keeper.stdout is not None
        first = json.loads(keeper.stdout.readline())
        socket = first["environment"].partition("=")[2]
        events = said(socket, "watch", "--for", "2")
        assert {"event": "card-inserted", "reader": first["reader"], "atr": "3b600000" if flavour else "3b80800101"} in events
        (read,) = said(socket, "read", "--reader", first["reader"])
        assert read["name"] == "王*䶮"
        (proof,) = said(socket, "status", "--reader", first["reader"])
        assert proof["proven"] is True
        keeper.send_signal(signal.SIGTERM)
        assert json.loads(keeper.stdout.readline()) == {"stopped": True}
        assert keeper.wait(10) == 0
        keeper.stdout.close()
        assert not os.path.lexists(socket)


def test_a_psam_in_the_second_slot_opens_a_card_for_the_command_line(virtual: VirtualReaders, slot: Slot, psam_slot: Slot) -> None:
    slot.insert(ssc_card(Generation.THIRD))
    psam_slot.insert(SoftPsam())
    socket = str(virtual.path)
    assert {reader["reader"]: reader["presence"] for reader in said(socket, "readers")} == {
        name: "card" if name in {slot.name, psam_slot.name} else "empty" for name in virtual.names
    }
    (read,) = said(socket, "read", "--reader", slot.name, "--psam", psam_slot.name, "--show")
    assert read["number"] == "500000199003070012"
