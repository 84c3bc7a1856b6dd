"""A hardware module of software (SoftHSM) for the tests: a token of its own in a folder of its own."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

LIBRARY = Path("/usr/lib/softhsm/libsofthsm2.so")
PIN = "a-pin-of-the-tests"
TOKEN = "ecard"


@dataclass
class Module:
    """A token, and the file with its PIN."""

    folder: Path

    def __post_init__(self) -> None:
        """Made with SOFTHSM2_CONF in the surroundings of this process: the library reads it there when it is begun."""
        (self.folder / "tokens").mkdir(parents=True)
        self.config.write_text(f"directories.tokendir = {self.folder / 'tokens'}\nlog.level = ERROR\n", "utf-8")
        words = ["softhsm2-util", "--init-token", "--free", "--label", TOKEN, "--pin", PIN, "--so-pin", f"so-{PIN}"]
        subprocess.run(words, check=True, capture_output=True, env={**os.environ, "SOFTHSM2_CONF": str(self.config)})  # noqa: TID251 - because the module is told by its surroundings
        self.pin.write_text(f"{PIN}\n", "utf-8")
        self.pin.chmod(0o600)

    @property
    def config(self) -> Path:
        return self.folder / "softhsm2.conf"

    @property
    def pin(self) -> Path:
        return self.folder / "pin"

    def uri(self, name: str, **instead: str) -> str:
        path = {"token": TOKEN, "object": name, "type": "private"} | {key: value for key, value in instead.items() if "_" not in key}
        query = {"module-path": str(LIBRARY), "pin-source": f"file:{self.pin}"}
        query |= {key.replace("_", "-"): value for key, value in instead.items() if "_" in key}
        between = "&".join(f"{key}={value}" for key, value in query.items() if value)
        return f"pkcs11:{';'.join(f'{key}={value}' for key, value in path.items() if value)}?{between}"
