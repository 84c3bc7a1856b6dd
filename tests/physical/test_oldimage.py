"""A card made with images of the first version goes on living."""

from __future__ import annotations

import base64
import os
import secrets
import zlib
from pathlib import Path, PosixPath

import pytest

from codes.chipproof import ChipPurpose
from codes.credential import Credential
from codes.errors import SetupError, StateError
from physical import faults
from physical.binding import BindingSession
from physical.chipmemory import IMAGE_BYTES, upgraded
from physical.image import inserted
from physical.oldimage import OLD_IMAGE_BYTES, old_values
from tests.physical.chips import CARD_ID, PIN

OLD = (
    b"c-nJyb_{X}b~a>SU|?nsU|_fy#=yWjQ;^a1KM=e(pRy%-{}J_*k7BzF7hHYHx$%3Xab~0Dl4ZXph_$PK5OSZ;57fxSOsd9Xt@a;*8d;fz!zZw^"
    b">F;LS2IR4Tcx-Ho9>yI6@)$u_-}RXPe<}g6nb$A11TJROVDad`eU8!Bu<*TrB%|trh`QyBsm^}7&VfuBj!DKTu4(2OEK-H`+Z5QOvNl>Ia4ck8"
    b"!pNk+s2HKJQM*xkog(KGE`D2uv!8UC?d8@?IAT4iiT6t}<B20CyOh34{{O!)ySOB=q_j9bC$qR@QF3NV1$%O7QD$m!j#aXu707EX9t=<*A;-)R"
    b";b5I>*WI%v;96zSYkvz>{$}r)Cm)o4-~UkD;re<$(_&7(-FLa{jO1S>d~R5K<<sKi4KgJfQnzgT4u7jU*FQ_Hmtho)f>A&ioa$(4`acRr!6+C7"
    b"{{acu-^K"
)
"""A finished chip of 2026-11-22: one authentication counted, one wrong PIN tried."""


def old_image() -> bytes:
    return zlib.decompress(base64.b85decode(OLD))


def put(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    path.chmod(0o600)
    return path


def test_it_is_made_one_of_today_when_it_is_inserted_and_is_the_same_card(tmp_path: Path) -> None:
    path = put(tmp_path / "demo.card", old_image())
    for counter in (2, 4):
        with inserted(path, secrets.token_bytes) as transport:
            session = BindingSession(transport)
            assert session.select()
            key = session.read_public_key()
            assert Credential.from_bytes(session.read_credential()).says.holder == key
            assert session.prove(ChipPurpose.STATUS, bytes(32), key=key, card_id=CARD_ID).counter == counter
            if counter == 2:
                assert session.pin_tries() == 5
            session.verify_pin(PIN)
            session.endorse(bytes(32))
            with pytest.raises(StateError) as refused:
                session.status(bytes(8))
            assert refused.value.fault is faults.CHIP_KEYS
        assert path.stat().st_size == IMAGE_BYTES
        assert path.stat().st_mode & 0o777 == 0o600
        assert [found.name for found in tmp_path.iterdir()] == ["demo.card"]


def test_an_upgrade_that_was_cut_short_is_begun_again(tmp_path: Path) -> None:
    path = put(tmp_path / "demo.card", old_image())
    put(tmp_path / "demo.card.new", b"half")
    with inserted(path, secrets.token_bytes) as transport:
        assert BindingSession(transport).select()
    assert [found.name for found in tmp_path.iterdir()] == ["demo.card"]


def test_a_chip_that_nobody_has_personalised_stays_blank() -> None:
    blank = b"ECARDSC1" + b"\xff" * (OLD_IMAGE_BYTES - 8)
    assert old_values(blank) == [None] * 5
    assert upgraded(blank)[8:] == b"\xff" * (IMAGE_BYTES - 8)


@pytest.mark.parametrize("damage", ["magic", "length", "record"])
def test_a_damaged_one_is_refused_and_left_as_it_was(damage: str, tmp_path: Path) -> None:
    content = bytearray(old_image())
    if damage == "magic":
        content[0] ^= 1
    elif damage == "record":
        content[8:122] = bytes(114)
    else:
        content.append(0)
    path = put(tmp_path / "demo.card", bytes(content))
    with pytest.raises(SetupError) as refused, inserted(path, secrets.token_bytes):
        pass
    assert refused.value.fault is faults.IMAGE_DAMAGED
    assert path.read_bytes() == content
    with pytest.raises(SetupError):
        old_values(bytes(content))


class Raced(PosixPath):
    """A path at which another program puts an upgraded image between our opening and our holding it."""

    def stat(self, *, follow_symlinks: bool = True) -> os.stat_result:
        put(self.parent / "other", old_image()).replace(self)
        return super().stat(follow_symlinks=follow_symlinks)


def test_an_image_that_was_replaced_while_it_was_opened_is_busy(tmp_path: Path) -> None:
    path = put(tmp_path / "demo.card", old_image())
    with pytest.raises(SetupError) as refused, inserted(Raced(path), secrets.token_bytes):
        pass
    assert refused.value.fault is faults.IMAGE_BUSY


def test_an_upgrade_that_finds_no_room_leaves_the_old_card(tmp_path: Path) -> None:
    path = put(tmp_path / "demo.card", old_image())
    (tmp_path / "demo.card.new").mkdir()
    with pytest.raises(SetupError) as refused, inserted(path, secrets.token_bytes):
        pass
    assert refused.value.fault is faults.IMAGE_UNWRITABLE
    assert path.read_bytes() == old_image()


def test_what_is_no_file_is_no_card(tmp_path: Path) -> None:
    path = tmp_path / "demo.card"
    os.mkfifo(path, 0o600)
    with pytest.raises(SetupError) as refused, inserted(path, secrets.token_bytes):
        pass
    assert refused.value.fault is faults.IMAGE_DAMAGED
