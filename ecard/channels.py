"""How a message reaches somebody: a folder, or mail. A channel delivers what it has delivered before as if it never had, under the same id."""

from __future__ import annotations

import json
import smtplib
import ssl
from dataclasses import dataclass
from email.message import EmailMessage
from typing import TYPE_CHECKING, Protocol

from codes.errors import SetupError
from ecard import faults
from ecard.folder import write_whole

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path

    from codes.errors import Text
    from ecard.outbox import Message

PATIENCE = 10
"""Seconds to wait for a mail server."""


class Channel(Protocol):
    """Takes messages to where they are read."""

    def deliver(self, message: Message, *, at: datetime) -> None:
        """Deliver one message. Raises `SetupError` (channel-failed, folder-unwritable) when it has to be tried again."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class FileChannel:
    """Puts each message into a folder as a file of its own, named by its id: a second delivery writes the same file again."""

    folder: Path

    def deliver(self, message: Message, *, at: datetime) -> None:
        """See `Channel.deliver`."""
        page = {"id": message.id, "topic": message.topic, "written": message.written, "delivered": int(at.timestamp()), **message.body}
        write_whole(self.folder / f"{message.id}.json", json.dumps(page, ensure_ascii=False, indent=1).encode() + b"\n", mode=0o640)


@dataclass(frozen=True, slots=True, kw_only=True)
class MailChannel:
    """Sends each message by SMTP. Its Message-ID is the message's id, by which mail systems know a second delivery."""

    host: str
    port: int
    sender: str
    address: Callable[[Message], str | None]
    """Where the holder wants mail; None for a holder without an address, who gets none."""
    wording: Callable[[Message], tuple[Text, Text]]
    """Subject and text."""
    encrypted: bool = True
    """STARTTLS with a checked certificate. Switch it off for a server on this very machine only."""

    def deliver(self, message: Message, *, at: datetime) -> None:
        """See `Channel.deliver`."""
        address = self.address(message)
        if address is None:
            return
        subject, text = self.wording(message)
        mail = EmailMessage()
        mail["From"], mail["To"] = self.sender, address
        mail["Subject"] = f"{subject.zh} / {subject.en}"
        mail["Message-ID"] = f"<{message.id}@{self.sender.rpartition('@')[2]}>"
        mail["Date"] = at
        mail.set_content(f"{text.zh}\n\n{text.en}\n")
        try:
            with smtplib.SMTP(self.host, self.port, timeout=PATIENCE) as server:
                if self.encrypted:
                    server.starttls(context=ssl.create_default_context())
                server.send_message(mail)
        except (OSError, smtplib.SMTPException) as problem:
            raise SetupError(faults.CHANNEL_FAILED, channel="mail", problem=type(problem).__name__) from None
