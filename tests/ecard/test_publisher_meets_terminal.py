"""What the publisher writes, our own terminal takes: trust and status, news after news, and across a rotation of every key of the trust repository."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from codes.claims import StatusRef, StatusType
from ecard.keyring import Keyring
from ecard.publishing import publish_statuses
from ecard.trustrepo import TrustRepository
from tests.ecard.published import AT, KEYS, NOON, documents, found
from tests.ecard.test_publishing import CODE, SIGNERS, Truth
from verify.importing import import_folder
from verify.state import StateDirectory
from verify.terminal import Holdings, make_state

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def published(tmp_path: Path) -> Path:
    found(tmp_path / "published")
    return tmp_path / "published"


@pytest.fixture
def terminal(tmp_path: Path, published: Path) -> StateDirectory:
    directory = StateDirectory(tmp_path / "terminal")
    make_state(directory, (published / "metadata" / "1.root.json").read_bytes(), terminal="T-0001", scene="metro", region=None)
    return directory


def truth() -> Truth:
    """A record whose lists stand where the published authority says they may."""
    record = Truth()
    record.plans = [plan for plan in record.plans if plan.uri != "sl:cz"]
    return record


def taken(terminal: StateDirectory, published: Path, *, now: int) -> dict[str, str]:
    return {part.part: part.outcome if part.fault is None else part.fault.code for part in import_folder(terminal, published, now=now)}


def seen(terminal: StateDirectory, ref: StatusRef) -> StatusType:
    shard = Holdings.read(terminal).status.shard(ref.uri)
    assert shard is not None
    return shard.statuses[ref.idx]


def test_a_terminal_takes_trust_and_status_and_then_the_news(terminal: StateDirectory, published: Path) -> None:
    record = truth()
    publish_statuses(record, published, SIGNERS, at=AT)
    assert taken(terminal, published, now=NOON + 10) == {"trust": "taken", "c1.cwt": "taken", "s1.cwt": "taken"}
    assert seen(terminal, CODE) is StatusType.VALID
    record.values[CODE] = StatusType.SUSPENDED
    publish_statuses(record, published, SIGNERS, at=AT)
    assert taken(terminal, published, now=NOON + 11)["c1.cwt"] == "taken"
    assert seen(terminal, CODE) is StatusType.SUSPENDED
    record.values[CODE] = StatusType.VALID
    publish_statuses(record, published, SIGNERS, at=AT + timedelta(minutes=5))
    assert taken(terminal, published, now=NOON + 310)["c1.cwt"] == "taken"
    assert seen(terminal, CODE) is StatusType.VALID


def test_a_terminal_follows_new_documents_and_a_root_of_new_keys(terminal: StateDirectory, published: Path) -> None:
    assert taken(terminal, published, now=NOON)["trust"] == "taken"
    repository, later = TrustRepository(published), AT + timedelta(hours=2)
    repository.publish(documents("CN-CQ", epoch=2), KEYS.trust_signers("CN-CQ", "snapshot", "timestamp"), at=later)
    assert taken(terminal, published, now=NOON + 7200)["trust"] == "taken"
    assert Holdings.read(terminal).trust.view.authorities["CN-CQ"].epoch == 2
    fresh = Keyring.derived(b"the keys after the rotation")
    repository.rotate_root(fresh.authorities(), (*KEYS.trust_signers("root"), *fresh.trust_signers()), at=later)
    repository.refresh(fresh.trust_signers("snapshot", "timestamp"), at=later)
    assert taken(terminal, published, now=NOON + 7300)["trust"] == "taken"
    assert Holdings.read(terminal).trust.view.authorities["CN-CQ"].epoch == 2
