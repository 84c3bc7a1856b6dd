"""Signing keys in a hardware module, here SoftHSM: moved in, made inside, found again after a fork, and refused when anything about them is not as it was."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pkcs11
import pytest

from codes.errors import CardError, SetupError, StateError
from codes.keys import HALF_ORDER, signature_der, verifies
from ecard import faults
from ecard.hsm import _sessions, make_key
from ecard.keyring import Keyring
from ecard.modulekeys import KeyPlace, ModuleSigner
from tests.webapp.softhsm import LIBRARY, PIN, Module
from tests.webapp.test_office import founded, shell
from tests.webapp.test_office_publish import CQ, head
from webapp.office.settings import read_settings
from webapp.office.statuskeys import LEAD, take_up

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.webapp.officehouse import Shell

__all__ = ["founded", "shell"]

PHONE = f"{CQ}.issuer-phone"


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Module]:
    monkeypatch.setenv("SOFTHSM2_CONF", str(tmp_path / "module" / "softhsm2.conf"))
    yield Module(tmp_path / "module")
    _sessions.clear()
    pkcs11.unload(str(LIBRARY))  # the next test has another token of the same name


@pytest.fixture
def signer(module: Module) -> ModuleSigner:
    place = KeyPlace.parse(module.uri("a-key"))
    return ModuleSigner(place, make_key(place))


def counts(signer: ModuleSigner, message: bytes = b"message") -> bool:
    return verifies(signer.public_key.load(), signature_der(signer.sign(message)), message)


def test_signatures_of_a_module_are_ours(signer: ModuleSigner) -> None:
    assert all(counts(signer, bytes([number])) for number in range(64))
    assert max(int.from_bytes(signer.sign(b"m")[32:]) for _ in range(64)) <= HALF_ORDER


def test_a_note_reads_back(signer: ModuleSigner) -> None:
    again = ModuleSigner.read(signer.page(), "x.pkcs11")
    assert again.public_key == signer.public_key
    assert counts(again)
    assert PIN not in signer.page().decode() + repr(signer.place)


def test_a_key_is_found_again_after_a_fork_and_after_the_module_was_away(signer: ModuleSigner) -> None:
    assert counts(signer)
    if (child := os.fork()) == 0:
        os._exit(0 if counts(signer) else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert counts(signer)
    for _, session in _sessions.values():
        session.close()
    assert counts(signer)


def test_a_key_makes_no_second_key_of_its_name(signer: ModuleSigner) -> None:
    with pytest.raises(StateError) as refused:
        make_key(signer.place)
    assert refused.value.fault is faults.KEY_MODULE_TAKEN
    assert counts(signer)


def test_keys_of_one_token_do_not_drive_each_other_out(signer: ModuleSigner, module: Module) -> None:
    place = KeyPlace.parse(module.uri("b-key"))
    other = ModuleSigner(place, make_key(place))
    assert counts(signer)
    assert counts(other)
    for _, session in _sessions.values():
        session.close()
    assert counts(signer)
    ((_, after),) = _sessions.values()
    assert all(counts(each) for each in (other, signer, other))
    assert [session for _, session in _sessions.values()] == [after]


@pytest.mark.error("key-module")
def test_another_key_under_the_noted_name_is_found_out(signer: ModuleSigner, module: Module) -> None:
    other = make_key(KeyPlace.parse(module.uri("b-key")))
    with pytest.raises(SetupError) as refused:
        ModuleSigner(signer.place, other).sign(b"m")
    assert refused.value.fault is faults.KEY_MODULE
    assert "noted" in str(refused.value)


@pytest.mark.parametrize(
    ("instead", "code"),
    [
        ({"object": "nobody"}, "key-module"),
        ({"token": "nobody"}, "key-module"),
        ({"module_path": "/nowhere.so"}, "key-module"),
        ({"pin_source": "/nowhere"}, "key-unreadable"),
        ({"pin_source": "relative"}, "key-module"),
        ({"pin_value": "1234"}, "key-module"),
        ({"token": ""}, "key-module"),
        ({"object": ""}, "key-module"),
        ({"type": "public"}, "key-module"),
        ({"strange": "1"}, "key-module"),
    ],
)
def test_a_place_that_is_not_there_is_said_without_the_pin(instead: dict[str, str], code: str, signer: ModuleSigner, module: Module) -> None:
    _sessions.clear()
    with pytest.raises(CardError) as refused:
        ModuleSigner(KeyPlace.parse(module.uri("a-key", **instead)), signer.public_key).sign(b"m")
    assert refused.value.code == code
    assert PIN not in str(refused.value)
    assert "1234" not in str(refused.value)


@pytest.mark.parametrize("text", ["", "pkcs11:token=a", "http://x?y", "pkcs11:token=a;token=b?module-path=/a&pin-source=/b", "pkcs11:token?a=b"])
def test_what_is_no_uri_is_no_place(text: str) -> None:
    with pytest.raises(SetupError) as refused:
        KeyPlace.parse(text)
    assert refused.value.fault is faults.KEY_MODULE


def test_a_wrong_pin_or_one_that_others_may_read_opens_nothing(signer: ModuleSigner, module: Module) -> None:
    _sessions.clear()
    module.pin.write_text("wrong-pin", "utf-8")
    with pytest.raises(SetupError) as refused:
        ModuleSigner(signer.place, signer.public_key).sign(b"m")
    assert refused.value.facts == {"problem": "PinIncorrect"}
    module.pin.write_text("", "utf-8")
    with pytest.raises(SetupError):
        ModuleSigner(signer.place, signer.public_key).sign(b"m")
    module.pin.chmod(0o644)
    with pytest.raises(SetupError) as refused:
        ModuleSigner(signer.place, signer.public_key).sign(b"m")
    assert refused.value.fault is faults.KEY_EXPOSED


# -------------------------------------------------------------------------------------------------------------- the office


@pytest.mark.error("key-module-taken")
def test_the_keys_of_an_office_move_into_the_module_and_nothing_else_changes(shell: Shell, module: Module) -> None:
    keys = shell.folder / "keys"
    names = [PHONE, f"{CQ}.issuer-chip", f"{CQ}.status", f"{CQ}.receipt", "audit"]
    before = {name: Keyring.open(keys).signer(name).public_key for name in names}
    for name in names:
        assert bytes.fromhex(shell.done("office", "module-key", name, "--uri", module.uri(name), "--import")["kid"]) == before[name].kid()
        assert not (keys / f"{name}.pem").exists()
    ring = Keyring.open(keys)
    assert {name: ring.signer(name).public_key for name in names} == before
    shell.done("publish")
    assert head(shell).kid == before[f"{CQ}.status"].kid()
    assert shell.refused("office", "module-key", f"{CQ}.status", "--uri", module.uri("x"), "--import") == (3, "key-unreadable")
    assert shell.refused("office", "module-key", f"{CQ}.status-next", "--uri", module.uri(PHONE), "--make") == (1, "key-module-taken")


def test_a_card_is_issued_by_a_key_in_the_module(shell: Shell, module: Module) -> None:
    shell.done("office", "module-key", f"{CQ}.issuer-chip", "--uri", module.uri("chips"), "--import")
    shell.active()
    shell.done("publish")
    assert shell("check").status == 0


def test_the_next_status_key_is_made_in_the_module_and_taken_up(shell: Shell, module: Module) -> None:
    made = shell.done("office", "module-key", f"{CQ}.status-next", "--uri", module.uri("next"), "--make")
    assert shell.refused("trust", "status-key", "--region", CQ) == (1, "status-key-waits")
    shell.done("publish")
    from webapp import cli

    take_up(read_settings(shell.folder), CQ, at=cli._now() + LEAD)
    files = {path.name for path in (shell.folder / "keys").glob(f"{CQ}.status*")}
    assert files == {f"{CQ}.status.pkcs11"}
    assert Keyring.open(shell.folder / "keys").status(CQ).public_key.kid().hex() == made["kid"]


def test_only_keys_that_sign_go_there_and_one_name_is_one_key(shell: Shell, module: Module) -> None:
    for name in ("vault", f"{CQ}.journal", "root-1", "../x"):
        assert shell("office", "module-key", name, "--uri", module.uri("x"), "--import").status == 2
    assert shell.refused("office", "module-key", PHONE, "--uri", module.uri("x"), "--make") == (1, "key-module")
    pem = (shell.folder / "keys" / f"{PHONE}.pem").read_bytes()
    shell.done("office", "module-key", PHONE, "--uri", module.uri("x"), "--import")
    (shell.folder / "keys" / f"{PHONE}.pem").write_bytes(pem)
    (shell.folder / "keys" / f"{PHONE}.pem").chmod(0o600)
    assert shell.refused("office", "show") == (3, "key-unreadable")
    note = shell.folder / "keys" / f"{PHONE}.pkcs11"
    (shell.folder / "keys" / f"{PHONE}.pem").unlink()
    for page in (b"", b"\xff\n", note.read_bytes().replace(b"BEGIN PUBLIC", b"BEGIN PUBLICK"), module.uri("x").encode()):
        note.write_bytes(page)
        assert shell.refused("office", "show") == (3, "key-unreadable")
