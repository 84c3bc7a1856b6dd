"""From verdicts to entries: what is written of each, what a full journal means, and the keys on both sides."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from codes import reasons
from codes.chipproof import ChipPurpose
from codes.errors import InputError, SetupError
from codes.journal import ChipShown
from codes.keys import CoseKey, SoftwareSigner
from codes.scenes import Freshness, SceneClass
from codes.trust import JournalKey, decode_journal_keys, encode_journal_keys
from tests.verify import gate as memory
from tests.verify.city import DAY, NOW, City, Gate, code, lines, when
from verify import faults
from verify.recording import Recorder
from verify.state import StateDirectory
from verify.terminal import Terminal
from verify.terminal_key import FILE, terminal_signer

if TYPE_CHECKING:
    from pathlib import Path

from tests.verify.journals import SEALED_TO, opened, read

# ------------------------------------------------------------------------------------------------------------------ recording


def recorder(folder: Path, *, limit: int = 1 << 20, keys: tuple[JournalKey, ...] = (replace(SEALED_TO, not_before=0),)) -> Recorder:
    return Recorder(opened(folder, limit=limit), keys)


def judged(to: Recorder, gate: memory.Gate, text: str) -> str:
    verdict = gate.verifier.verify(text, at=memory.instant(memory.NOW))
    return str(to.record(verdict, verifier=gate.verifier, now=memory.NOW, text=text).to_json()["verdict"])


KEYS_OF_MEMORY = (JournalKey(region="CN-CQ", key=SEALED_TO.key, not_before=0, not_after=memory.NOW + DAY),)


def test_every_verdict_is_written_with_what_proves_it(tmp_path: Path) -> None:
    gate, to = memory.Gate(), recorder(tmp_path / "j", keys=KEYS_OF_MEMORY)
    good, late = memory.show(), memory.show(iat=memory.NOW - 500)
    for text in (good, late, good, "not a code"):
        judged(to, gate, text)
    accepted, expired, replayed, malformed = read(tmp_path / "j")
    assert (accepted.number, accepted.as_of, accepted.head, accepted.scene) == (0, memory.NOW - 60, memory.NOW - 60, "metro")
    assert isinstance(accepted.shown, bytes)
    assert memory.bent(good, lambda _: accepted.shown) == good  # type: ignore[arg-type,return-value] # because the line above has looked
    assert expired.shown is not None
    assert replayed.number == reasons.TABLE[reasons.Reason.REPLAYED].number
    assert (malformed.number, malformed.shown, malformed.head) == (reasons.TABLE[reasons.Reason.UNKNOWN_FORMAT].number, None, None)


def test_a_chip_is_written_with_its_answer(tmp_path: Path) -> None:
    gate, to = memory.Gate(), recorder(tmp_path / "j", keys=KEYS_OF_MEMORY)
    from codes.claims import Profile
    from verify.chip import verify_chip

    challenge = bytes(32)
    credential = memory.issue(memory.says(Profile.CHIP)).raw
    answer = memory.answer(challenge, purpose=ChipPurpose.PRESENCE)
    verdict = verify_chip(gate.verifier, credential, answer, challenge=challenge, at=memory.instant(memory.NOW))
    to.record(verdict, verifier=gate.verifier, now=memory.NOW, chip=ChipShown(credential, answer, challenge))
    (found,) = read(tmp_path / "j")
    assert (found.number, found.shown, found.head) == (0, ChipShown(credential, answer, challenge), memory.NOW - 60)


@pytest.mark.threat("C15")
def test_a_full_journal_stops_acceptance_where_money_or_identity_is_at_stake_and_is_counted_elsewhere(tmp_path: Path) -> None:
    metro, to = memory.Gate(), recorder(tmp_path / "c", limit=-1, keys=KEYS_OF_MEMORY)
    assert judged(to, metro, memory.show()) == "accepted"
    assert to.journal.dropped == 1
    staff = replace(memory.METRO, name="desk", scene_class=SceneClass.B, freshness=Freshness.CHALLENGE)
    desk, kept = memory.Gate(scene=staff), recorder(tmp_path / "b", limit=-1, keys=KEYS_OF_MEMORY)
    text = memory.show(cnonce=memory.CHALLENGE)
    verdict = desk.verifier.verify(text, at=memory.instant(memory.NOW), challenge=memory.CHALLENGE)
    page = kept.record(verdict, verifier=desk.verifier, now=memory.NOW, text=text).to_json()
    assert (page["verdict"], page["reason"], page["code"]) == ("inconclusive", "terminal-not-ready", "journal-full")
    refused = desk.verifier.verify("nothing", at=memory.instant(memory.NOW))
    assert kept.record(refused, verifier=desk.verifier, now=memory.NOW, text="nothing") is refused
    assert kept.journal.dropped == 1


def test_without_a_key_in_force_nothing_is_written_and_the_newest_of_several_is_used(tmp_path: Path) -> None:
    newer = JournalKey(region="CN-CQ", key=memory.STRANGER.public_key, not_before=1, not_after=memory.NOW + DAY)
    to = recorder(tmp_path / "j", keys=(*KEYS_OF_MEMORY, newer))
    assert to.key_for("CN-CQ", memory.NOW) is newer
    assert to.key_for("CN-CQ", memory.NOW + 2 * DAY) is None
    assert to.key_for("CN-SC", memory.NOW) is None
    to.keys = ()
    judged(to, memory.Gate(), memory.show())
    assert read(tmp_path / "j") == []


# ----------------------------------------------------------------------------------------------------------------- a terminal


@pytest.fixture
def sealed(city: City, tmp_path: Path) -> Gate:
    """A metro gate of a region that has published a journal key."""
    city.documents["CN-CQ"]["journal.cbor"] = encode_journal_keys("CN-CQ", [SEALED_TO])
    city.publish()
    gate = Gate(tmp_path / "sealed", city)
    assert {part.outcome for part in gate.take().values()} == {"taken"}
    return gate


def test_scanning_writes_the_journal_and_health_tells_how_deep_it_is(sealed: Gate) -> None:
    sealed.command("scan", lines=lines(code(NOW), "x", code(NOW)))
    found = read(sealed.path / "journal", terminal="T-0001")
    assert [item.number for item in found] == [0, found[1].number, reasons.TABLE[reasons.Reason.REPLAYED].number]
    (_, (page,), _) = sealed.command("health")
    assert page["journal"] == {"kept": True, "depth": 3, "dropped": 0}


def test_with_a_time_of_its_own_nothing_is_written(sealed: Gate) -> None:
    sealed.command("scan", "--at", "2026-09-21T14:00:00Z", lines=lines(code(NOW)))
    assert not (sealed.path / "journal").exists()


def test_a_journal_key_that_arrives_while_scanning_is_used_at_once(city: City, tmp_path: Path) -> None:
    gate = Gate(tmp_path / "gate", city)
    gate.take()
    terminal = Terminal(gate.path)
    terminal.judge(code(NOW), at=when(NOW))
    city.documents["CN-CQ"]["journal.cbor"] = encode_journal_keys("CN-CQ", [SEALED_TO])
    city.publish()
    gate.take()
    terminal.judge(code(NOW, "BBBBBBBB"), at=when(NOW))
    city.publish(at=NOW + 5)
    gate.take()
    terminal.judge(code(NOW, "CCCCCCCC"), at=when(NOW + 5))
    terminal.close()
    assert [item.seq for item in read(gate.path / "journal", terminal="T-0001")] == [1, 2]


def test_a_terminal_that_cannot_judge_says_so_of_a_chip_too(tmp_path: Path, city: City) -> None:
    gate = Gate(tmp_path / "empty", city)
    terminal = Terminal(gate.path)
    assert terminal.judge_chip(b"", b"", challenge=bytes(32), at=when(NOW)).to_json()["reason"] == "terminal-not-ready"
    gate.take()
    assert terminal.judge_chip(b"", b"", challenge=bytes(32), at=when(NOW)).to_json()["verdict"] == "refused"


def test_a_chip_at_a_terminal_is_written(sealed: Gate) -> None:
    terminal = Terminal(sealed.path)
    terminal.judge_chip(b"nonsense", b"", challenge=bytes(32), at=when(NOW))
    (found,) = read(sealed.path / "journal", terminal="T-0001")
    assert found.shown is None


def test_a_region_that_seals_for_another_is_refused(city: City, tmp_path: Path) -> None:
    city.documents["CN-CQ"]["journal.cbor"] = encode_journal_keys("CN-SC", [replace(SEALED_TO, region="CN-SC")])
    city.publish()
    gate = Gate(tmp_path / "gate", city)
    assert gate.take()["trust/CN-CQ"].fault is faults.TRUST_FOREIGN


# -------------------------------------------------------------------------------------------------------------- the two keys


@pytest.mark.error("document-shape")
def test_journal_keys_are_read_as_strictly_as_every_document() -> None:
    assert decode_journal_keys(encode_journal_keys("CN-CQ", [SEALED_TO])) == (SEALED_TO,)
    assert SEALED_TO.kid == SEALED_TO.key.kid()
    for keys in ([], [SEALED_TO, SEALED_TO]):
        with pytest.raises(InputError) as refused:
            encode_journal_keys("CN-CQ", keys)
        assert refused.value.code == "document-shape"
    from codes import cbor

    for entries in ([1], [{1: b"x"}]):
        with pytest.raises(InputError) as refused:
            decode_journal_keys(cbor.encode({1: 1, 2: "CN-CQ", 3: entries}))  # type: ignore[dict-item] # because the shape is wrong on purpose
        assert refused.value.code == "document-shape"


@pytest.mark.error("terminal-key")
@pytest.mark.parametrize("harm", ["other text", "other curve", "exposed"])
def test_a_terminals_key_is_made_once_and_kept_to_itself(tmp_path: Path, harm: str) -> None:
    directory = StateDirectory(tmp_path)
    first = terminal_signer(directory)
    assert isinstance(first, SoftwareSigner)
    assert terminal_signer(directory).public_key == first.public_key
    path = tmp_path / FILE
    assert path.stat().st_mode & 0o077 == 0
    if harm == "exposed":
        path.chmod(0o644)
    elif harm == "other text":
        path.write_text("x")
    else:
        from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

        path.write_bytes(ec.generate_private_key(ec.SECP384R1()).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    with pytest.raises(SetupError) as refused:
        terminal_signer(directory)
    assert refused.value.fault is faults.TERMINAL_KEY


def test_init_tells_the_key_by_which_a_terminal_is_registered(city: City, tmp_path: Path) -> None:
    root = tmp_path / "root.json"
    root.write_bytes(city.root_file)
    from tests.verify.city import command

    (status, (page,), _) = command("init", "--state", tmp_path / "t", "--root", root, "--scene", "metro", "--terminal", "T-9")
    from codes import cbor

    assert status == 0
    assert CoseKey.parse(cbor.decode(bytes.fromhex(page["key"]))) == terminal_signer(StateDirectory(tmp_path / "t")).public_key
