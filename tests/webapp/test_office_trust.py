"""`ecard trust`: from the shell, as keepers and whoever prepares a ceremony use it."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from codes.trust import decode_issuers
from tests.webapp.test_office import founded, shell

if TYPE_CHECKING:
    from pathlib import Path

    from tests.webapp.officehouse import Shell

__all__ = ["founded", "shell"]


def pem(key: ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def rotation(shell: Shell, home: Path) -> Path:
    """Keys taken out, root-6 made, and a rotation proposed."""
    shell.done("trust", "take-out", "--out", str(home / "safe"))
    shell.plain("trust", "key", "root-6", "--role", "root", "--holder", "CN-SC", "--out", str(home / "safe" / "CN-SC"))
    shell.done("trust", "rotate", str(home / "cer"), "--add", str(home / "safe" / "CN-SC" / "root-6.json"), "--drop", "root-2")
    return home / "cer"


@pytest.mark.threat("D04")
def test_a_rotation_from_keys_in_a_safe_to_a_root_in_force(shell: Shell) -> None:
    home = shell.home
    ceremony = rotation(shell, home)
    safe = home / "safe"
    copy = home / "copy"
    shutil.copytree(ceremony, copy)
    assert shell("trust", "show", str(ceremony)).status == 1
    assert shell.refused("trust", "publish", str(ceremony)) == (3, "trust-signers-missing")
    signed = shell.done("trust", "sign", str(ceremony), "--key", str(safe / "CN-CQ" / "root-1.pem"), "--key", str(safe / "joint" / "root-3.pem"))
    assert signed["signed"] == {"root": ["root-1", "root-3"]}
    shell.done("trust", "sign", str(copy), "--key", str(safe / "CN-SC" / "root-6.pem"), "--key", str(safe / "CN-SC" / "root-5.pem"))
    gathered = shell.done("trust", "gather", str(ceremony), str(copy))
    assert gathered["gathered"] == 2
    assert shell("trust", "show", str(ceremony)).status == 0
    assert shell.done("trust", "publish", str(ceremony)) == {"root": 2}
    names = {key["name"] for key in shell.done("trust", "show")["roles"]["root"]["keys"]}
    assert names == {"root-1", "root-3", "root-4", "root-5", "root-6"}
    shell.done("publish")


def test_what_is_signed_is_told_in_both_languages(shell: Shell) -> None:
    ceremony = rotation(shell, shell.home)
    told = shell("trust", "show", str(ceremony)).out
    assert f"ecard trust show says: {shell.done('trust', 'show')['digest']}" in told
    for line in ("提案 / proposal: 根 / root 1 → 2", "＋ 增加 / adds  root: root-6 (CN-SC)", "－ 去掉 / drops  root: root-2 (CN-SC)", "0/3"):
        assert line in told


def test_people_with_cards_make_a_repository_of_their_own(shell: Shell) -> None:
    home = shell.home
    roles = [("root", "CN-CQ"), ("root", "CN-SC"), ("root", "joint"), ("targets", "CN-CQ"), ("targets", "CN-SC")]
    roles += [("snapshot", "service"), ("timestamp", "service"), ("CN-CQ", "CN-CQ"), ("joint-CN-CQ", "CN-CQ")]
    for number, (role, holder) in enumerate(roles):
        name = role if role in {"snapshot", "timestamp"} else f"key-{number}"
        assert shell.plain("trust", "key", name, "--role", role, "--holder", holder, "--out", str(home / "all")).status == 0
    words = ("trust", "init", str(home / "first"), "--cards", str(home / "all"), "--published", str(home / "pub"))
    assert shell("trust", *words[1:]).status == 0
    keys = [word for path in sorted((home / "all").glob("key-*.pem")) for word in ("--key", str(path))]
    assert shell("trust", "sign", str(home / "first"), *keys).status == 0
    keys_here = home / "service"
    keys_here.mkdir(mode=0o700)
    for role in ("snapshot", "timestamp"):
        shutil.copy(home / "all" / f"{role}.pem", keys_here)
    assert shell("trust", "publish", str(home / "first"), "--published", str(home / "pub"), "--keys", str(keys_here)).status == 0
    assert shell.done("trust", "show", "--published", str(home / "pub"))["root"] == 1
    assert shell.refused("trust", *words[1:2], str(home / "again"), *words[3:]) == (1, "trust-stands")


@pytest.mark.error("trust-stands")
def test_a_repository_that_stands_is_rotated_not_founded(shell: Shell) -> None:
    shell.plain("trust", "key", "root-9", "--role", "root", "--holder", "x", "--out", str(shell.home / "k"))
    words = ("trust", "init", str(shell.home / "c"), "--cards", str(shell.home / "k"), "--published", str(shell.folder / "published"))
    assert shell.refused(*words) == (1, "trust-stands")


def test_a_joint_document_lives_once_both_regions_say_the_same(shell: Shell) -> None:
    page, other = shell.home / "items.json", shell.home / "other.json"
    page.write_text('{"items": []}')
    other.write_text('{"items": [1]}')
    assert not shell.done("trust", "joint", "items.json", str(page), "--region", "CN-CQ")["live"]
    assert not shell.done("trust", "joint", "items.json", str(other), "--region", "CN-SC")["live"]
    assert shell.done("trust", "show")["joint"] == {"items.json": False}
    assert shell.done("trust", "joint", "items.json", str(page), "--region", "CN-SC")["live"]
    told = shell("trust", "show").out
    assert "联合文件 / joint document items.json: 已生效 / live" in told


def listed(shell: Shell) -> set[str]:
    """The kids of the issuing keys that stand published."""
    newest = max((shell.folder / "published" / "targets" / "CN-CQ").glob("*.issuers.cbor"), key=lambda path: path.stat().st_mtime_ns)
    return {issuer.kid.hex() for issuer in decode_issuers(newest.read_bytes())}


def test_the_next_issuing_key_is_published_ahead_of_its_use_and_taken_out_again(shell: Shell) -> None:
    file = shell.home / "next.pem"
    file.write_bytes(pem(ec.generate_private_key(ec.SECP256R1())))
    words = ("trust", "add-issuer", str(file), "--region", "CN-CQ", "--profile", "general", "--until", "2029-01-01")
    kid = shell.done(*words)["kid"]
    assert shell.refused(*words) == (1, "issuer-known")
    assert kid not in listed(shell)
    assert shell.done("publish")["documents"] == ["CN-CQ"]
    assert kid in listed(shell)
    shell.done("trust", "remove-issuer", kid, "--region", "CN-CQ")
    shell.done("publish")
    assert kid not in listed(shell)


@pytest.mark.error("issuer-known")
@pytest.mark.error("issuer-not-entered")
@pytest.mark.error("issuer-card")
def test_what_is_no_issuing_key_is_not_entered(shell: Shell) -> None:
    file = shell.home / "key.pem"
    words = ("trust", "add-issuer", str(file), "--region", "CN-CQ", "--profile", "general", "--until", "2029-01-01")
    for content in (b"", pem(ed25519.Ed25519PrivateKey.generate()), pem(ec.generate_private_key(ec.SECP384R1()))):
        file.write_bytes(content)
        assert shell.refused(*words) == (2, "issuer-card")
    file.write_bytes(pem(ec.generate_private_key(ec.SECP256R1())))
    assert shell.refused(*words, "--profile", "chip") == (2, "issuer-card")
    assert shell.refused(*words[:-1], "2001-01-01") == (2, "issuer-card")
    assert shell.refused("trust", "remove-issuer", "00" * 8, "--region", "CN-CQ") == (2, "issuer-not-entered")
    kid = shell.done(*words)["kid"]
    card = shell.folder / "issuers" / f"CN-CQ-{kid}.json"
    whole = json.loads(card.read_text())
    for page in ("{", "{}", json.dumps(whole | {"region": "CN-SC"}), json.dumps(whole | {"profiles": {"x": {}}})):
        card.write_text(page)
        assert shell.refused("publish") == (3, "issuer-card")


@pytest.mark.parametrize(
    "words",
    [
        ("key", "x", "--role", "roof", "--holder", "y", "--out", "z"),
        ("rotate", "c", "--threshold", "root"),
        ("rotate", "c", "--threshold", "root=0"),
        ("rotate", "c", "--threshold", "roof=1"),
        ("remove-issuer", "xyz", "--region", "CN-CQ"),
    ],
)
def test_unusable_arguments_say_what_is_wanted(shell: Shell, words: tuple[str, ...]) -> None:
    answer = shell("trust", *words)
    assert answer.status == 2
    assert " / " in answer.err
