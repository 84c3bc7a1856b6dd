"""Where the demonstration puts its card: a reader of the real stack when the machine has one to offer, this very process otherwise.

The virtual reader is pcscd with vsmartcard's driver, started for the walk on a socket of its own and stopped with it: no other program's readers are touched.
"""

from __future__ import annotations

import secrets
from importlib.util import find_spec
from typing import TYPE_CHECKING, Protocol

from codes.errors import SetupError, Text
from physical import pcsc
from physical.image import held_card, inserted
from physical.supervisor import Presence
from physical.vpcd import ATR_T1
from physical.vpcd_service import VirtualReaders, missing

if TYPE_CHECKING:
    from contextlib import AbstractContextManager, ExitStack
    from pathlib import Path

    from physical.transport import Transport

_SEEN = 5.0
"""Seconds in which a reader notices a card; it looks every 0.4."""


class Slot(Protocol):
    """Where a card is put in."""

    @property
    def kind(self) -> str:
        """What programs call it: "virtual-reader" or "in-process"."""
        ...

    @property
    def says(self) -> Text:
        """What it is, for people."""
        ...

    def powered(self, image: Path) -> AbstractContextManager[Transport]:
        """The card with this image, powered up and held until the block ends."""
        ...


class InProcessSlot:
    """No reader: the card answers in this process."""

    kind = "in-process"

    def __init__(self, why: Text) -> None:
        self.says = why

    def powered(self, image: Path) -> AbstractContextManager[Transport]:
        """See `Slot.powered`."""
        return inserted(image, secrets.token_bytes)


class VirtualSlot:
    """A reader behind pcscd. The card stays in it; each use is a transaction of its own, with a reset at its end."""

    kind = "virtual-reader"

    def __init__(self, service: VirtualReaders, closing: ExitStack) -> None:
        self._service, self._closing, self._inserted = service, closing, False
        name = service.names[0]
        self.says = Text(
            f"芯片插在虚拟读卡器「{name}」里，指令经由真实的 pcscd 传递", f"The chip sits in the virtual reader {name}, behind the real pcscd"
        )

    def powered(self, image: Path) -> AbstractContextManager[Transport]:
        """See `Slot.powered`. Raises `SetupError` card-absent when the reader never sees the card."""
        if not self._inserted:
            self._service.ports[0].insert(self._closing.enter_context(held_card(image, secrets.token_bytes)), atr=ATR_T1)
            pcsc.await_presence(self._service.names[0], Presence.CARD, seconds=_SEEN)
            self._inserted = True
        return pcsc.inserted(self._service.names[0])


def best_slot(closing: ExitStack) -> Slot:
    """A virtual reader where there can be one; `closing` takes it away again."""
    if find_spec("smartcard") is None or missing() is not None:
        return InProcessSlot(
            Text(
                "本机没有 pcscd 虚拟读卡器（make deps 可安装）：芯片在本进程内应答",
                "No pcscd and virtual reader here (make deps): the chip answers in process",
            )
        )
    try:
        service = closing.enter_context(VirtualReaders())
    except SetupError:
        return InProcessSlot(Text("虚拟读卡器没能启动：芯片在本进程内应答", "The virtual reader did not start: the chip answers in process"))
    pcsc.speak_to(service.path)
    return VirtualSlot(service, closing)


def plain_slot(_: ExitStack) -> Slot:
    """This process, whatever the machine has."""
    return InProcessSlot(Text("芯片在本进程内应答", "The chip answers in process"))
