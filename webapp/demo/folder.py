"""The folder that a demonstration builds its city in: made anew each time, and never anybody else's.

office/record.db          the record: cards, carriers, credentials, holds, events; names and numbers sealed in its vault
office/keys/              the keys of the office and of the trust repository
chip.img                  the chip of the card, as a soft card
phone/                    the phone: its keys and credentials
published/                what anybody may read: signed trust repository, signed lists
stick/                    a copy of it, as a storage stick carries it to a terminal
terminals/<scene>/        one terminal each
codes/                    every code that was shown, as text; pictures/ the photographed one
account.json              what happened, for programs
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from codes.errors import SetupError
from webapp import faults

if TYPE_CHECKING:
    from pathlib import Path

MARKER = ".ecard-demo"
_SAYS = "ecard demo made this folder and makes it anew, without asking, each time it is run.\n"


@dataclass(frozen=True, slots=True)
class DemoFolder:
    """Where everything lies, relative to `root`."""

    root: Path

    @classmethod
    def fresh(cls, root: Path) -> DemoFolder:
        """An empty demonstration folder at `root`. What an earlier demonstration left there is removed.

        Raises `SetupError` demo-folder for a folder that no demonstration made, output-unwritable when the disk will not.
        """
        try:
            if root.is_symlink() or (root.exists() and not root.is_dir()):
                raise SetupError(faults.DEMO_FOLDER, folder=root.name)
            if root.exists() and any(root.iterdir()):
                if not (root / MARKER).is_file():
                    raise SetupError(faults.DEMO_FOLDER, folder=root.name)
                _empty(root)
            root.mkdir(parents=True, exist_ok=True)
            (root / MARKER).write_text(_SAYS, "utf-8")
            for name in ("office", "codes", "pictures", "terminals"):
                (root / name).mkdir(mode=0o700)
        except OSError as problem:
            raise SetupError(faults.OUTPUT_UNWRITABLE, problem=problem.strerror) from problem
        return cls(root)

    @property
    def record(self) -> Path:
        """The database."""
        return self.root / "office" / "record.db"

    @property
    def keys(self) -> Path:
        """The keyring."""
        return self.root / "office" / "keys"

    @property
    def chip(self) -> Path:
        """The image of the soft card."""
        return self.root / "chip.img"

    @property
    def phone(self) -> Path:
        """The phone."""
        return self.root / "phone"

    @property
    def published(self) -> Path:
        """What anybody may read."""
        return self.root / "published"

    @property
    def stick(self) -> Path:
        """What travels to a terminal without a network."""
        return self.root / "stick"

    @property
    def account(self) -> Path:
        """What happened, for programs."""
        return self.root / "account.json"

    def terminal(self, scene: str) -> Path:
        """The state directory of the terminal at a scene."""
        return self.root / "terminals" / scene

    def code(self, name: str) -> Path:
        """A code that was shown, as text."""
        return self.root / "codes" / f"{name}.txt"

    def picture(self, name: str) -> Path:
        """A picture of a code."""
        return self.root / "pictures" / f"{name}.png"


def _empty(root: Path) -> None:
    """Remove what lies in `root`; the marker goes last, so that what a crash leaves is still known as ours."""
    for path in root.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        elif path.name != MARKER:
            path.unlink()
