"""The publisher's keys: made from entropy, kept in files that nobody else can read, and never shown."""

from __future__ import annotations

import secrets
import stat
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from codes.errors import SetupError
from ecard import faults
from ecard.keyring import Keyring

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def spoken(keyring: Keyring) -> list[bytes]:
    """Everything that a keyring gives out, as bytes: two keyrings are equal when this is."""
    signers = [
        signer(region) for region in keyring.regions for signer in (keyring.issuer_phone, keyring.issuer_chip, keyring.status, keyring.receipt)
    ]
    signers.append(keyring.audit())
    secret = [keyring.vault(), keyring.blind_index(), *(keyring.chip_tag(region) for region in keyring.regions)]
    trust = [key.private_bytes_raw() for key in keyring.trust_signers()]
    return [signer.sign(b"who are you") for signer in signers] + secret + trust


def test_a_keyring_is_written_and_read_back(tmp_path: Path) -> None:
    made = Keyring.create(tmp_path / "keys", secrets.token_bytes)
    assert spoken(Keyring.open(tmp_path / "keys")) == spoken(made)


def test_nobody_else_can_read_the_files(tmp_path: Path) -> None:
    Keyring.create(tmp_path / "keys", secrets.token_bytes)
    modes = {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "keys").iterdir()}
    assert (stat.S_IMODE((tmp_path / "keys").stat().st_mode), modes) == (0o700, {0o600})


def test_every_key_is_another_one() -> None:
    given = spoken(Keyring.derived(b"seed"))
    assert len(set(given)) == len(given)


def test_one_seed_makes_the_same_throw_away_keys_and_another_seed_others() -> None:
    assert spoken(Keyring.derived(b"seed")) == spoken(Keyring.derived(b"seed"))
    assert not set(spoken(Keyring.derived(b"seed"))) & set(spoken(Keyring.derived(b"seed 2")))


def test_created_keys_come_from_the_entropy_and_from_nothing_else(tmp_path: Path) -> None:
    drawn: list[int] = []

    def entropy(size: int) -> bytes:
        drawn.append(size)
        return len(drawn).to_bytes(size)

    first = Keyring.create(tmp_path / "one", entropy)
    assert len(drawn) == len(list((tmp_path / "one").iterdir()))
    assert min(drawn) >= 32
    drawn.clear()
    assert spoken(Keyring.create(tmp_path / "two", entropy)) == spoken(first)


def test_keys_never_appear_in_a_representation_or_an_error(tmp_path: Path) -> None:
    keyring = Keyring.create(tmp_path / "keys", secrets.token_bytes)
    count = len(list((tmp_path / "keys").iterdir()))
    assert repr(keyring) == str(keyring) == f"<Keyring of {count} keys for CN-CQ, CN-SC>"
    (tmp_path / "keys" / "vault.pem").write_bytes(b"-----BEGIN ECARD SECRET-----\nc2VjcmV0\n-----END ECARD SECRET-----\n")
    with pytest.raises(SetupError) as refused:
        Keyring.open(tmp_path / "keys")
    assert "c2VjcmV0" not in f"{refused.value} {refused.value!r}"


@pytest.mark.error("keyring-exists")
def test_keys_that_exist_are_never_overwritten(tmp_path: Path) -> None:
    Keyring.create(tmp_path / "keys", secrets.token_bytes)
    with pytest.raises(SetupError) as refused:
        Keyring.create(tmp_path / "keys", secrets.token_bytes)
    assert refused.value.fault is faults.KEYRING_EXISTS


def test_a_keyring_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    drawn: list[int] = []

    def failing(size: int) -> bytes:
        drawn.append(size)
        if len(drawn) == 7:
            raise OSError
        return secrets.token_bytes(size)

    with pytest.raises(OSError):
        Keyring.create(tmp_path / "keys", failing)
    assert not list(tmp_path.iterdir())
    (tmp_path / ".keys.part").mkdir()
    with pytest.raises(SetupError) as refused:
        Keyring.create(tmp_path / "keys", secrets.token_bytes)
    assert refused.value.fault is faults.FOLDER_UNWRITABLE
    assert not (tmp_path / "keys").exists()


@pytest.mark.error("key-exposed")
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o610])
def test_a_key_file_that_others_can_reach_is_refused(tmp_path: Path, mode: int) -> None:
    Keyring.create(tmp_path / "keys", secrets.token_bytes)
    (tmp_path / "keys" / "CN-CQ.status.pem").chmod(mode)
    with pytest.raises(SetupError) as refused:
        Keyring.open(tmp_path / "keys")
    assert refused.value.fault is faults.KEY_EXPOSED
    assert refused.value.facts == {"file": "CN-CQ.status.pem", "mode": f"{mode:04o}"}


def test_a_folder_that_others_can_reach_is_refused(tmp_path: Path) -> None:
    Keyring.create(tmp_path / "keys", secrets.token_bytes)
    (tmp_path / "keys").chmod(0o750)
    with pytest.raises(SetupError) as refused:
        Keyring.open(tmp_path / "keys")
    assert refused.value.fault is faults.KEY_EXPOSED


@pytest.mark.error("key-missing")
def test_a_host_without_the_offline_keys_works_and_says_what_it_lacks(tmp_path: Path) -> None:
    whole = Keyring.create(tmp_path / "keys", secrets.token_bytes)
    for path in [*(tmp_path / "keys").glob("root-*.pem"), *(tmp_path / "keys").glob("targets-*.pem")]:
        path.unlink()
    keyring = Keyring.open(tmp_path / "keys")
    assert keyring.status("CN-CQ").public_key == whole.status("CN-CQ").public_key
    assert len(keyring.trust_signers()) == 6
    for ask in (keyring.authorities, lambda: keyring.status("CN-YN")):
        with pytest.raises(SetupError) as refused:
            ask()
        assert refused.value.fault is faults.KEY_MISSING


@pytest.mark.parametrize("name", ["nowhere", "empty"])
def test_no_keys_at_all_is_said_at_once(tmp_path: Path, name: str) -> None:
    (tmp_path / "empty").mkdir(mode=0o700)
    with pytest.raises(SetupError) as refused:
        Keyring.open(tmp_path / name)
    assert refused.value.fault is faults.KEY_MISSING


def swap(folder: Path, name: str, other: str) -> None:
    (folder / name).write_bytes((folder / other).read_bytes())


@pytest.mark.error("key-unreadable")
@pytest.mark.parametrize(
    ("file", "spoil"),
    [
        ("CN-CQ.status.pem", lambda folder: (folder / "CN-CQ.status.pem").write_bytes(b"no key")),
        ("CN-CQ.status.pem", lambda folder: swap(folder, "CN-CQ.status.pem", "root-1.pem")),
        ("root-1.pem", lambda folder: swap(folder, "root-1.pem", "CN-CQ.status.pem")),
        ("vault.pem", lambda folder: swap(folder, "vault.pem", "root-1.pem")),
        (
            "vault.pem",
            lambda folder: (folder / "vault.pem").write_bytes(b"-----BEGIN ECARD SECRET-----\n" + b"=" * 44 + b"\n-----END ECARD SECRET-----\n"),
        ),
        ("spare.pem", lambda folder: (folder / "vault.pem").rename(folder / "spare.pem")),
        ("vault.pem", lambda folder: ((folder / "vault.pem").unlink(), (folder / "vault.pem").mkdir(mode=0o700))),
    ],
    ids=["no PEM", "Ed25519 for P-256", "P-256 for Ed25519", "key for secret", "bad base64", "unknown name", "a folder"],
)
def test_a_file_that_is_not_its_key_is_named(tmp_path: Path, file: str, spoil: Callable[[Path], object]) -> None:
    Keyring.create(tmp_path / "keys", secrets.token_bytes)
    spoil(tmp_path / "keys")
    with pytest.raises(SetupError) as refused:
        Keyring.open(tmp_path / "keys")
    assert refused.value.fault is faults.KEY_UNREADABLE
    assert refused.value.facts["file"] == file


def test_signers_are_found_by_role() -> None:
    keyring = Keyring.derived(b"seed")
    counts = {role: len(keyring.trust_signers(role)) for role in ("root", "targets", "snapshot", "timestamp", "CN-CQ", "CN-SC")}
    assert counts == {"root": 5, "targets": 3, "snapshot": 1, "timestamp": 1, "CN-CQ": 2, "CN-SC": 2}
    assert len(keyring.trust_signers()) == 14
    assert all(isinstance(key, Ed25519PrivateKey) for key in keyring.trust_signers())
    assert keyring.trust_signers("nobody") == ()


def test_a_key_asked_for_as_another_kind_is_a_bug() -> None:
    keyring = Keyring.derived(b"seed")
    with pytest.raises(TypeError):
        keyring.signer("vault")
    with pytest.raises(TypeError):
        keyring._secret("root-1")
    with pytest.raises(TypeError):
        keyring._role_key("vault", "nobody")
