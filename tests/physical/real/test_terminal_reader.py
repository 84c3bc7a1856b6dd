"""The reader that a terminal's agent finds: the chip that lies in it shows its credential and answers, over the real stack."""

from __future__ import annotations

import tomllib
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from codes.chipproof import ChipPurpose, ChipReport, ChipState
from codes.credential import Credential
from codes.errors import SetupError
from physical import pcsc
from physical.softcard import SoftCard
from physical.terminal_reader import read_chip
from tests.physical.chips import Entropy, blank, personalise
from verify.agent_reader import GROUP

if TYPE_CHECKING:
    from tests.physical.real.conftest import Slot

CHALLENGE = bytes(range(32))


def test_a_chip_in_the_reader_answers_a_fresh_challenge(slot: Slot) -> None:
    with pytest.raises(SetupError) as empty:
        read_chip(CHALLENGE)
    assert empty.value.code == "card-absent"
    memory = blank()
    personalise(memory)
    slot.insert(SoftCard(memory, Entropy("agent")))
    shown = read_chip(CHALLENGE)
    key = Credential.from_bytes(shown.credential).says.holder.load()
    report = ChipReport.check(shown.answer, key=key, purpose=ChipPurpose.PRESENCE, challenge=shown.challenge)
    assert report.state is ChipState.ACTIVE


def test_without_a_reader_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pcsc.PcscReaders, "look", lambda _: ())
    from tests.physical.pyscard import FakeScard

    monkeypatch.setattr(pcsc, "_pyscard", FakeScard)
    with pytest.raises(SetupError) as missing:
        read_chip(CHALLENGE)
    assert missing.value.code == "reader-missing"


def test_the_distribution_names_it_to_the_agent() -> None:
    page = tomllib.loads((Path(__file__).resolve().parents[3] / "pyproject.toml").read_text("utf-8"))
    (named,) = page["project"]["entry-points"][GROUP].values()
    module, _, name = named.partition(":")
    assert getattr(import_module(module), name) is read_chip
