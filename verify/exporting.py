"""What a terminal has been given, handed on to another: the signed files as they were published, in the folder that `import` reads (FORMATS section 5).

    PATH/metadata/, PATH/targets/, PATH/status/     trust and list tokens as they are in force
    PATH/chain/<region>/<space>/                    the newest snapshot, the deltas since, and those of the last day; the newest heartbeat

Nothing is vouched for by who hands it on: every file proves itself to whoever takes it. Nothing of the terminal's own leaves it.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from codes.errors import InputError
from verify import faults
from verify.chain_belief import check_object, read_object
from verify.terminal import Holdings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from verify.chain_space import ChainHead
    from verify.state import StateDirectory

_Files = dict[str, bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """One part of what was handed on."""

    part: str
    """"trust", "status", or "chain/<region>/<space>"."""
    files: int
    size: int
    """Bytes."""

    def to_json(self) -> dict[str, Any]:
        """For `ecard-terminal export`."""
        return {"part": self.part, "files": self.files, "bytes": self.size}


def export_folder(directory: StateDirectory, path: Path) -> list[Exported]:
    """Write everything that can be handed on into the folder `path`, made if there is none. What lies there under other names stays.

    A region whose newest documents this terminal could not use is missing from its trust, and such trust is nothing to hand on: it is left out.
    Raises `InputError` export-unwritable; `SetupError` as `Holdings` does.
    """
    holdings = Holdings.read(directory)
    parts: list[tuple[str, _Files]] = [("trust", _trust(holdings)), ("status", _tokens(directory, holdings))]
    parts += [(f"chain/{head.region}/{head.space.name.lower()}", dict(_chain(holdings, head))) for head in holdings.chain.heads()]
    report: list[Exported] = []
    try:
        for part, files in parts:
            for name, data in files.items():
                target = path / name
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(data)
            if files:
                report.append(Exported(part=part, files=len(files), size=sum(map(len, files.values()))))
        os.sync()  # a stick may be pulled out as soon as we say that we are done
    except OSError as error:
        raise InputError(faults.EXPORT_UNWRITABLE, problem=error.strerror) from None
    return report


def _trust(holdings: Holdings) -> _Files:
    """The trust repository with the names of a published one."""
    published: _Files = {}
    for name, data in holdings.trust.files.items():
        folder, _, rest = name.partition("/")
        if folder == "kept":
            return {}
        if folder == "targets":
            path, _, document = rest.rpartition("/")
            published[f"targets/{path}/{sha256(data).hexdigest()}.{document}"] = data
        elif rest == "timestamp.json":
            published[name] = data
        else:
            published[f"metadata/{holdings.trust.versions[rest.removesuffix('.json')]}.{rest}"] = data
    return published


def _tokens(directory: StateDirectory, holdings: Holdings) -> _Files:
    stored = {uri: directory.status_token(uri, iat) for uri, iat in holdings.state.status.items()}
    return {f"status/{uri.removeprefix('sl:')}.cwt": data for uri, data in stored.items() if data is not None}


def _chain(holdings: Holdings, head: ChainHead) -> Iterator[tuple[str, bytes]]:
    """The objects of a chain that are believed, and what they are, for those who like to be told."""
    base, trust = f"chain/{head.region}/{head.space.name.lower()}", holdings.trust.view
    kept = holdings.chain.kept(head.region, head.space)
    snapshots, spans = [], []
    found = kept.snapshot()
    if found is not None and found[0].head.epoch == head.epoch:
        manifest, body = found
        with suppress(InputError):
            check_object(manifest, trust)
            yield f"{base}/{head.epoch}/s/{manifest.head.seq}.cbor", manifest.raw
            yield f"{base}/{head.epoch}/s/{manifest.head.seq}.body", body
            snapshots.append(manifest.head.seq)
    for delta in kept.deltas():
        if delta.epoch == head.epoch:
            with suppress(InputError):
                data = kept.read(delta) or b""
                check_object(read_object(data), trust)
                yield f"{base}/{head.epoch}/d/{delta.since}-{delta.seq}.cbor", data
                spans.append([delta.since, delta.seq])
    if (beat := holdings.chain.beat(head.region, head.space)) is not None:
        yield f"{base}/head.cbor", beat
    index = {"epoch": head.epoch, "seq": head.seq, "snapshots": snapshots, "deltas": spans}
    yield f"{base}/index.json", json.dumps(index).encode() + b"\n"
