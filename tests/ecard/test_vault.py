from __future__ import annotations

import hashlib
import sqlite3
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from ecard import faults, identity, vault
from ecard.identity import IdentityType
from ecard.model import Holder, HolderRef
from ecard.vault import AesKeyWrapper, IndexPurpose, Person, Vault
from tests.ecard.city import AT, CLERK, CQ, NOW, City, Stream, person_number, refused

if TYPE_CHECKING:
    from collections.abc import Iterator

NUMBER = person_number(7, born="20010203")
KEK = hashlib.sha256(b"kek").digest()
INDEX_KEY = hashlib.sha256(b"index").digest()
PERSON = Person(identity=identity.parse(IdentityType.RESIDENT_ID, NUMBER, on=AT.date()), name=identity.parse_name("欧阳小鱼"))
FIRST, SECOND = HolderRef("a" * 32), HolderRef("b" * 32)
OTHER = Person(identity=identity.parse(IdentityType.RESIDENT_ID, person_number(8), on=AT.date()), name=identity.parse_name("江大山"))


@pytest.fixture
def filled(city: City) -> City:
    with city.office.store.writing() as work:
        for holder, person in ((FIRST, PERSON), (SECOND, OTHER)):
            work.add_holder(Holder(ref=holder, region=CQ, created=NOW))
            city.office.vault.add(work, holder, person)
    return city


@pytest.fixture
def hand(filled: City) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(filled.path, isolation_level=None)
    yield connection
    connection.close()


def read(city: City, holder: HolderRef = FIRST, by: Vault | None = None) -> Person:
    with city.office.store.writing() as work:
        return (by or city.office.vault).read(work, holder, purpose="test", actor=CLERK, at=NOW)


def test_a_person_is_read_back_as_given(filled: City) -> None:
    assert read(filled) == PERSON
    assert read(filled, SECOND) == OTHER


def test_every_reading_names_its_purpose_and_leaves_a_link(filled: City) -> None:
    read(filled)
    with filled.office.store.writing() as work:
        filled.office.vault.find(work, PERSON.identity, purpose=IndexPurpose.COUNTER, actor=CLERK, at=NOW + 1)
        filled.office.vault.find(work, identity.Identity(IdentityType.RESIDENT_ID, "nobody"), purpose=IndexPurpose.COUNTER, actor=CLERK, at=NOW)
    with filled.office.store.reading() as work:
        links = filled.office.vault.accesses(work, FIRST)
        assert filled.office.vault.accesses(work, SECOND) == []
    assert [(link.seq, link.purpose, link.actor, link.person) for link in links] == [
        (1, "test", "clerk-1", "staff-1"),
        (2, "counter-desk", "clerk-1", "staff-1"),
    ]
    assert links[0].fields == ("identity-number", "identity-type", "name")


def test_a_reading_that_is_rolled_back_was_no_reading(filled: City) -> None:
    def read_and_fail() -> None:
        with filled.office.store.writing() as work:
            filled.office.vault.read(work, FIRST, purpose="test", actor=CLERK, at=NOW)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        read_and_fail()
    with filled.office.store.reading() as work:
        assert filled.office.vault.accesses(work, FIRST) == []


@pytest.mark.threat("H11")
@pytest.mark.error("vault-field")
@pytest.mark.parametrize(
    "swap",
    [
        "UPDATE vault_field SET sealed = (SELECT sealed FROM vault_field v WHERE v.holder <> vault_field.holder AND v.field = vault_field.field)",
        "UPDATE vault_field SET sealed = (SELECT sealed FROM vault_field v WHERE v.holder = vault_field.holder AND v.field = 'name') WHERE field = 'identity-number'",
        "UPDATE vault_field SET sealed = CAST(substr(sealed, 1, length(sealed) - 1) || x'00' AS BLOB)",
        "UPDATE vault_field SET sealed = CAST(x'02' || substr(sealed, 2) AS BLOB)",
        "UPDATE vault_field SET sealed = x''",
        "UPDATE vault_key SET version = 2",
        "DELETE FROM vault_field WHERE field = 'name'",
    ],
)
def test_a_field_moved_altered_or_taken_away_does_not_open(filled: City, hand: sqlite3.Connection, swap: str) -> None:
    hand.execute(swap)
    with refused(faults.VAULT_FIELD):
        read(filled)


@pytest.mark.threat("H11")
def test_keys_and_fields_swapped_together_do_not_open_either(filled: City, hand: sqlite3.Connection) -> None:
    for table, column in (("vault_key", "wrapped"), ("vault_field", "sealed")):
        rows = hand.execute(f"SELECT rowid, holder, {column} FROM {table} ORDER BY rowid").fetchall()
        half = len(rows) // 2
        for (rowid, _, _), (_, _, value) in zip(rows, rows[half:] + rows[:half], strict=True):
            hand.execute(f"UPDATE {table} SET {column} = ? WHERE rowid = ?", (value, rowid))
    with refused(faults.VAULT_FIELD):
        read(filled)


@pytest.mark.error("vault-key")
def test_another_key_encryption_key_opens_nothing(filled: City, hand: sqlite3.Connection) -> None:
    stranger = AesKeyWrapper(hashlib.sha256(b"another").digest())
    with refused(faults.VAULT_KEY):
        read(filled, by=Vault(wrapper=stranger, index_key=INDEX_KEY, entropy=Stream()))
    hand.execute("UPDATE vault_key SET wrapper = ?", (stranger.name,))
    with refused(faults.VAULT_KEY):
        read(filled, by=Vault(wrapper=stranger, index_key=INDEX_KEY, entropy=Stream()))
    hand.execute("UPDATE vault_key SET wrapped = x'00'")
    with refused(faults.VAULT_KEY):
        read(filled, by=Vault(wrapper=stranger, index_key=INDEX_KEY, entropy=Stream()))


@pytest.mark.error("vault-empty")
def test_nobody_is_read_as_nobody(filled: City) -> None:
    with refused(faults.VAULT_EMPTY):
        read(filled, HolderRef("c" * 32))


@pytest.mark.error("record-conflict")
def test_one_number_stands_for_one_person(filled: City) -> None:
    with refused(faults.CONFLICT), filled.office.store.writing() as work:
        work.add_holder(Holder(ref=HolderRef("c" * 32), region=CQ, created=NOW))
        filled.office.vault.add(work, HolderRef("c" * 32), replace(OTHER, identity=PERSON.identity))


@pytest.mark.threat("H07")
def test_the_index_is_no_digest_that_a_dictionary_could_find(filled: City, hand: sqlite3.Connection) -> None:
    values = {bytes(value) for (value,) in hand.execute("SELECT value FROM vault_index")}
    prefixes = ("", "id:", "resident-id", *IndexPurpose)
    for name in ("md5", "sha1", "sha256", "sha512", "sha3_256", "blake2b", "blake2s"):
        for text in (prefix + NUMBER for prefix in prefixes):
            assert hashlib.new(name, text.encode()).digest()[:32] not in values
    stranger = Vault(wrapper=AesKeyWrapper(KEK), index_key=hashlib.sha256(b"guess").digest(), entropy=Stream())
    with filled.office.store.writing() as work:
        assert stranger.find(work, PERSON.identity, purpose=IndexPurpose.ONE_PERSON, actor=CLERK, at=NOW) is None


@pytest.mark.threat("H08")
def test_one_person_does_not_look_equal_in_the_indexes_of_two_purposes(hand: sqlite3.Connection) -> None:
    values = [bytes(value) for (value,) in hand.execute("SELECT value FROM vault_index")]
    assert len(set(values)) == len(values) == 2 * len(IndexPurpose)


def test_no_file_of_the_database_holds_a_name_or_a_number(filled: City) -> None:
    read(filled)
    files = list(filled.path.parent.iterdir())
    assert len(files) >= 2
    for path in files:
        for canary in (NUMBER, NUMBER[:-4], "欧阳小鱼", "江大山"):
            assert canary.encode() not in path.read_bytes(), path.name


def test_a_person_does_not_show_when_printed() -> None:
    assert NUMBER[-4:] not in repr(PERSON)
    assert "欧阳" not in repr(PERSON)


@pytest.mark.error("chain-broken")
@pytest.mark.parametrize("damage", ["UPDATE vault_access SET purpose = 'tea'", "DELETE FROM vault_access WHERE seq = 1"])
def test_a_chain_of_readings_that_was_tampered_with_is_found(filled: City, hand: sqlite3.Connection, damage: str) -> None:
    read(filled)
    read(filled)
    for trigger in ("vault_access_never_changes", "vault_access_is_kept"):
        hand.execute(f"DROP TRIGGER {trigger}")
    hand.execute(damage)
    with refused(faults.CHAIN_BROKEN), filled.office.store.reading() as work:
        filled.office.vault.accesses(work, FIRST)


def test_keys_of_another_length_are_our_own_mistake() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        AesKeyWrapper(b"short")
    with pytest.raises(ValueError, match="32 bytes"):
        Vault(wrapper=AesKeyWrapper(KEK), index_key=b"short", entropy=Stream())


def test_the_header_names_the_algorithm(hand: sqlite3.Connection) -> None:
    assert {bytes(sealed)[0] for (sealed,) in hand.execute("SELECT sealed FROM vault_field")} == {vault.AES_256_GCM}
