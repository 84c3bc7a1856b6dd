"""The independent checker: 0 bad on a good record, and every kind of planted damage found under its own name."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from codes.claims import Profile, StatusType
from codes.credential import Credential
from codes.status import StatusList, StatusListToken
from ecard.audit import Auditor
from ecard.check import FINDINGS, PublicKeys, Report, check_record, read_published
from ecard.identity import IdentityType
from ecard.lifecycle import RULES, Command
from ecard.model import CardRef, FreezeGround
from ecard.publishing import publish_statuses
from ecard.stopping import LossOf
from ecard.store import Store
from ecard.vault import IndexPurpose
from tests.ecard.chip_plants import CHIP_PLANTS
from tests.ecard.city import CLERK, CQ, SC, SECOND_CLERK, City, SoftPhone, key, open_city, person_number

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

STATUS = {region: key(f"{region} status") for region in (CQ, SC)}
AUDIT = key("audit")
KEYS = PublicKeys(
    receipts={region: key(f"{region} receipts").public_key.load() for region in (CQ, SC)},
    status={region: signer.public_key.load() for region, signer in STATUS.items()},
    audit=AUDIT.public_key.load(),
)


@dataclass
class Scene:
    """A record that has lived, what was published from it, and what was handed over."""

    path: Path
    now: int
    tokens: dict[str, bytes]
    signed: list[bytes]
    refs: dict[str, str] = field(default_factory=dict)

    def check(self) -> Report:
        store = Store.open(self.path)
        try:
            with store.reading() as work:
                return check_record(work.connection, KEYS, at=self.now, published=self.tokens, signed=self.signed)
        finally:
            store.close()


def lived(city: City, folder: Path) -> Scene:
    """Cards that work, one lost and found, one lost, one frozen, one of a person who is new; codes on phones; checkpoints; published lists."""
    signed: list[bytes] = []
    papers = RULES[Command.REPORT_LOSS].evidence
    cards = []
    for order in range(1, 5):
        card, chip = city.card(order)
        phone = SoftPhone(f"phone {order}")
        bound = city.bind(card, phone, chip)
        signed += [credential.raw for credential in city.renew(bound.phone, phone, Profile.GENERAL, Profile.IDENTITY)]
        cards.append(bound.dossier)
    city.card(5, region=SC)
    city.apply(6)
    city.office.cards_of_person(IdentityType.RESIDENT_ID, person_number(1), purpose=IndexPurpose.COUNTER, actor=CLERK, at=city.at)
    city.later(minutes=1)
    for dossier in cards[:2]:
        city.office.report_loss(dossier.card.ref, of=LossOf.CARD, actor=CLERK, evidence=papers, at=city.at)
    frozen = cards[2].card.ref
    until = city.at + timedelta(days=2)
    city.office.freeze(frozen, ground=FreezeGround.THEFT, until=until, actor=CLERK, evidence=RULES[Command.FREEZE].evidence, at=city.at)
    auditor = Auditor(store=city.office.store, signer=AUDIT)
    assert auditor.checkpoint(city.at) is not None
    city.later(minutes=1)
    withdraw = RULES[Command.WITHDRAW_LOSS].evidence
    city.office.withdraw_loss(cards[0].card.ref, of=LossOf.CARD, actor=CLERK, evidence=withdraw, at=city.at)
    city.office.unfreeze(frozen, actor=SECOND_CLERK, evidence=RULES[Command.UNFREEZE].evidence, at=city.at)
    city.office.freeze(frozen, ground=FreezeGround.FALSE_USE, until=until, actor=CLERK, evidence=RULES[Command.FREEZE].evidence, at=city.at)
    assert auditor.checkpoint(city.later(minutes=1)) is not None
    publish_statuses(city.office.truth(city.at), folder, STATUS, at=city.at)
    refs = {name: str(dossier.card.ref) for name, dossier in zip(("found", "lost", "frozen", "plain"), cards, strict=True)}
    return Scene(path=city.path, now=int(city.at.timestamp()), tokens=read_published(folder), signed=signed, refs=refs)


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    folder = tmp_path_factory.mktemp("checked")
    city = open_city(folder / "record.db")
    scene = lived(city, folder / "published")
    city.office.store.close()
    return scene


@pytest.fixture
def scene(original: Scene, tmp_path: Path) -> Scene:
    """A copy to do harm to."""
    path = tmp_path / "copy.db"
    with closing(sqlite3.connect(original.path)) as source, closing(sqlite3.connect(path)) as target:
        source.backup(target)
    return Scene(path=path, now=original.now, tokens=dict(original.tokens), signed=list(original.signed), refs=original.refs)


def sql(*statements: str) -> Callable[[Scene], None]:
    """Somebody with a database client who has taken the guards off."""

    def plant(scene: Scene) -> None:
        with closing(sqlite3.connect(scene.path, isolation_level=None)) as hand:
            for (name,) in hand.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
                hand.execute(f"DROP TRIGGER {name}")
            hand.execute("PRAGMA ignore_check_constraints=ON")
            for statement in statements:
                assert hand.execute(statement.format(**scene.refs)).rowcount != 0, statement

    return plant


def free(table: str, *statements: str) -> Callable[[Scene], None]:
    """The same with every constraint of one table gone."""
    bare = f"CREATE TABLE bare AS SELECT * FROM {table}", f"DROP TABLE {table}", f"ALTER TABLE bare RENAME TO {table}"
    return sql(*bare, *statements)


def republish(change: Callable[[StatusListToken], bytes]) -> Callable[[Scene], None]:
    def plant(scene: Scene) -> None:
        uri = next(iter(scene.tokens))
        scene.tokens[uri] = change(StatusListToken.from_bytes(scene.tokens[uri]))

    return plant


def with_values(token: StatusListToken, values: list[tuple[int, StatusType]], *, by: str = CQ) -> bytes:
    changed = token.list().with_values(values)
    return StatusListToken.issue(token.uri, changed, STATUS[by], iat=token.iat, exp=token.exp, ttl=token.ttl).raw


def flipped(token: StatusListToken) -> bytes:
    statuses = token.list()
    idx = next(idx for idx in range(len(statuses)) if statuses[idx] is not StatusType.VALID)
    return with_values(token, [(idx, StatusType.VALID)])


def unused(scene: Scene) -> None:
    with closing(sqlite3.connect(scene.path)) as hand:
        uri, taken = hand.execute("SELECT uri, GROUP_CONCAT(idx) FROM credential WHERE region = 'CN-CQ' GROUP BY uri").fetchone()
    idx = next(idx for idx in range(256) if str(idx) not in taken.split(","))
    scene.tokens[uri] = with_values(StatusListToken.from_bytes(scene.tokens[uri]), [(idx, StatusType.INVALID)])


def drop_list(scene: Scene) -> None:
    del scene.tokens[next(iter(scene.tokens))]


def forge(scene: Scene) -> None:
    says = Credential.from_bytes(scene.signed[0]).says
    scene.signed.append(Credential.issue(says._replace(sub="AAAAAAAA"), key("a stolen issuer key")).raw)


def sign_again(scene: Scene) -> None:
    says = Credential.from_bytes(scene.signed[0]).says
    scene.signed.append(Credential.issue(says._replace(fare=7), key(f"{CQ} phone")).raw)


def foreign_receipt(scene: Scene) -> None:
    with closing(sqlite3.connect(scene.path, isolation_level=None)) as hand:
        for (name,) in hand.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            hand.execute(f"DROP TRIGGER {name}")
        hand.execute(
            "UPDATE receipt SET token = (SELECT r.token FROM receipt r WHERE r.card = receipt.card AND r.seq = 1) WHERE card = ? AND seq = 2",
            (scene.refs["plain"],),
        )


LOST = "(SELECT ref FROM card WHERE ref = '{lost}')"
PLANTS: dict[str, tuple[str, Callable[[Scene], None]]] = {
    "a card made active by hand": ("card-state", sql("UPDATE card SET state = 'active' WHERE state = 'pending'")),
    "a card ended by hand": ("card-state", sql("UPDATE card SET state = 'ended', end_reason = 'cancelled' WHERE ref = '{plain}'")),
    "a chip made active by hand": ("carrier-state", sql("UPDATE carrier SET state = 'active' WHERE state = 'pending'")),
    "a phone ended by hand": ("carrier-state", sql("UPDATE carrier SET state = 'ended', end_reason = 'unbound' WHERE kind = 'phone' AND card = '{lost}'", "DELETE FROM card_event WHERE command = 'bind-phone'")),
    "another key under a chip": ("carrier-key", sql("UPDATE carrier SET key_y_is_odd = NOT key_y_is_odd WHERE kind = 'chip' AND card = '{plain}'")),
    "a key that is no point": ("carrier-key", sql("UPDATE carrier SET key_x = zeroblob(31) || x'05' WHERE kind = 'chip' AND card = '{plain}'")),
    "a card number with a slip": ("card-number", sql("UPDATE card SET number = 'C00000001' WHERE ref = '{plain}'")),
    "a loss lifted by hand": ("lift-without-event", sql("UPDATE hold SET lifted = placed + 5, lifted_by = 'x', lifted_person = 'x' WHERE lifted IS NULL AND kind = 'loss'")),
    "a hold put in by hand": ("hold-without-event", sql("INSERT INTO hold (ref, card, kind, origin, placed, placed_by, placed_person) VALUES ('h', '{plain}', 'loss', '{plain}', 5, 'x', 'x')")),
    "a loss hold taken out": ("event-without-hold", sql("DELETE FROM hold WHERE card = '{lost}'")),
    "a freeze reviewed by whoever placed it": ("freeze-own-review", sql("UPDATE hold SET lifted_person = placed_person WHERE kind = 'freeze' AND lifted IS NOT NULL")),
    "a validity stretched by hand": ("record-differs", sql("UPDATE card SET expires = expires + 86400 WHERE ref = '{plain}'")),
    "a revision moved by hand": ("revision-events", sql("UPDATE card SET revision = revision + 1 WHERE ref = '{plain}'")),
    "an event altered": ("event-hash", sql("UPDATE card_event SET actor = 'somebody' WHERE card = '{plain}' AND seq = 2")),
    "an event taken out of the middle": ("event-gap", sql("DELETE FROM card_event WHERE card = '{plain}' AND seq = 2")),
    "an event bound to another": ("event-link", sql("UPDATE card_event SET previous = randomblob(32) WHERE card = '{plain}' AND seq = 3")),
    "an event that begins elsewhere": ("event-before", sql("UPDATE card_event SET before = randomblob(32) WHERE card = '{plain}' AND seq = 3")),
    "an event before its time": ("event-time", sql("UPDATE card_event SET at = at - 9 WHERE card = '{plain}' AND seq = 3")),
    "an event of an unknown command": ("event-unknown", sql("UPDATE card_event SET command = 'bless' WHERE card = '{plain}' AND seq = 3")),
    "evidence put in by hand": ("event-hash", sql("UPDATE card_event SET evidence = evidence || ' death-certificate' WHERE card = '{plain}' AND seq = 3")),
    "an event written in the older form": ("event-form", sql("UPDATE card_event SET form = NULL, evidence = NULL WHERE card = '{plain}' AND seq = 3")),
    "a charge put in by hand": ("record-differs", sql("INSERT INTO charge VALUES ('c', '{plain}', 'exchange', 500, 'none', 1, 'nobody')")),
    "a right to the card changed by hand": ("record-differs", sql("UPDATE eligibility SET category = 'insured' WHERE card = '{plain}'")),
    "a fare put in by hand": ("record-differs", sql("INSERT INTO entitlement SELECT 'e', holder, region, 3, 'none', (SELECT MIN(ref) FROM carrier WHERE card = '{plain}'), 1, 'x', 2, 3, NULL, NULL FROM card WHERE ref = '{plain}'")),
    "a credential called back by hand": ("record-differs", sql("INSERT INTO withdrawn SELECT ref, 1, 'fare-change' FROM credential WHERE card = '{plain}' AND profile = 2")),
    "an evidence put into a case by hand": ("record-differs", sql("INSERT INTO misuse_case VALUES ('m', '{plain}', 'lent', 1, 'x', 'x', NULL, NULL, NULL, NULL)", "INSERT INTO misuse_evidence VALUES ('m', zeroblob(32), 'report', 1, 'x', 'x')")),
    "a reader registered by hand": ("office-differs", sql("INSERT INTO reader VALUES ('elsewhere', 'CN-CQ', 1, 'x', NULL)")),
    "a reader taken to another region": ("office-differs", sql("UPDATE reader SET region = 'CN-SC'")),
    "a reader taken out": ("office-differs", sql("DELETE FROM reader")),
    "a service point put in by hand": ("office-differs", sql("INSERT INTO service_point VALUES ('p', 'CN-CQ', 'p', 'bank', 1, 'x', NULL, NULL)")),
    "an act of the office denied": ("office-chain", sql("UPDATE office_act SET actor = 'somebody'")),
    "the newest event cut off": ("checkpoint-end", sql("DELETE FROM card_event WHERE card = '{lost}' AND command = 'report-loss'")),
    "one index for two": ("index-twice", free("credential", "UPDATE credential SET idx = (SELECT MIN(idx) FROM credential c WHERE c.uri = credential.uri) WHERE profile = 1")),
    "an index outside its list": ("index-outside", sql("UPDATE credential SET idx = 9999 WHERE ref = (SELECT MIN(ref) FROM credential)")),
    "an index in another list": ("index-list", sql("UPDATE shard SET profile = 4 WHERE profile = 2")),
    "one name for two": ("sub-twice", free("credential", "UPDATE credential SET sub = 'AAAAAAAA' WHERE profile = 2")),
    "one holder key for two": ("holder-key-twice", free("credential", "UPDATE credential SET cnf = zeroblob(32) WHERE profile = 1")),
    "a credential that outlives its card": ("credential-life", sql("UPDATE credential SET exp = exp + 400000000 WHERE ref = (SELECT MIN(ref) FROM credential)")),
    "a credential of another card's carrier": ("credential-carrier", sql("UPDATE credential SET card = '{lost}' WHERE ref = (SELECT MIN(ref) FROM credential WHERE card = '{plain}')")),
    "a credential from the future": ("credential-revision", sql("UPDATE credential SET revision = 99 WHERE card = '{plain}' AND profile = 1")),
    "a credential handed over past a loss": ("credential-past-stop", sql("UPDATE credential SET revision = 5 WHERE card = '{lost}' AND profile = 1")),
    "a chip's credential for another key": ("chip-key", sql("UPDATE credential SET cnf = randomblob(32) WHERE card = '{plain}' AND profile = 3")),
    "a credential row deleted": ("signed-unknown", sql("DELETE FROM credential WHERE card = '{plain}' AND profile = 1")),
    "a credential signed past the record": ("signed-unknown", forge),
    "something that is no credential": ("signed-unknown", lambda scene: scene.signed.append(b"\xd2")),
    "a credential signed twice": ("signed-differs", sign_again),
    "a handed-over credential called unfinished": ("signed-not-ready", sql("UPDATE credential SET state = 'intent', ready = NULL, digest = NULL WHERE card = '{plain}' AND profile = 1")),
    "a published status turned": ("published-differs", republish(flipped)),
    "a published list of another size": ("published-differs", republish(lambda token: StatusListToken.issue(token.uri, StatusList.of_size(8), STATUS[CQ], iat=token.iat, exp=token.exp, ttl=token.ttl).raw)),
    "an index stopped that nobody has": ("published-unused", unused),
    "a list signed by the other region": ("published-signature", republish(lambda token: with_values(token, [], by=SC))),
    "a list that cannot be read": ("published-unreadable", republish(lambda token: token.raw[:-1])),
    "a list under another name": ("published-unreadable", republish(lambda token: StatusListToken.issue("sl:czzz", token.list(), STATUS[CQ], iat=token.iat, exp=token.exp, ttl=token.ttl).raw)),
    "a list that is not there": ("published-missing", drop_list),
    "a receipt taken out": ("receipt-missing", sql("DELETE FROM receipt WHERE card = '{plain}' AND seq = 2")),
    "a receipt that is noise": ("receipt-signature", sql("UPDATE receipt SET token = randomblob(200) WHERE card = '{plain}' AND seq = 2")),
    "a receipt altered": ("receipt-signature", sql("UPDATE receipt SET token = CAST(substr(token, 1, length(token) - 1) || x'00' AS BLOB) WHERE card = '{plain}' AND seq = 2")),
    "the receipt of another event": ("receipt-differs", foreign_receipt),
    "a checkpoint that is noise": ("checkpoint-signature", sql("UPDATE checkpoint SET token = randomblob(90) WHERE number = 1")),
    "a checkpoint taken out": ("checkpoint-link", sql("DELETE FROM checkpoint WHERE number = 1")),
    "a reading of the vault denied": ("access-chain", sql("UPDATE vault_access SET purpose = 'nothing' WHERE holder = (SELECT holder FROM card WHERE ref = '{found}') AND seq = 1")),
    "two cards for one person": ("person-two-cards", sql("DROP INDEX one_active_card", "UPDATE card SET holder = (SELECT holder FROM card WHERE ref = '{lost}') WHERE ref = '{plain}'")),
    "a person lost from the vault": ("person-missing", sql("DELETE FROM vault_field WHERE holder = (SELECT holder FROM card WHERE ref = '{plain}') AND field = 'name'")),
    "a blind index taken out": ("person-index", sql("DELETE FROM vault_index WHERE purpose = 'counter-desk' AND holder = (SELECT holder FROM card WHERE ref = '{plain}')")),
    **{name: (code, sql(statement)) for name, (code, statement) in CHIP_PLANTS.items()},
    "a nonce used too late": ("nonce-late", sql("UPDATE nonce SET used = expires + 1 WHERE value = (SELECT MIN(value) FROM nonce)")),
}  # fmt: skip


def test_a_good_record_has_nothing_bad(scene: Scene) -> None:
    report = scene.check()
    assert report.findings == (), report.to_text()
    assert report.counted["cards"] == 6
    assert report.counted["statuses"] == report.counted["credentials"] == 13
    assert report.counted["receipts"] == report.counted["events"]
    assert report.to_json()["bad"] == 0
    assert report.to_text().endswith(": 0 bad")


@pytest.mark.threat("D09")
@pytest.mark.parametrize("plant", PLANTS)
def test_planted_damage_is_found_under_its_own_name(scene: Scene, plant: str) -> None:
    code, harm = PLANTS[plant]
    harm(scene)
    report = scene.check()
    assert code in {finding.code for finding in report.findings}, report.to_text()
    assert code in report.to_text()
    assert FINDINGS[code][0] in report.to_text(chinese=True)


@pytest.mark.threat("D09")
def test_every_kind_of_finding_has_a_plant_that_it_finds() -> None:
    assert {code for code, _ in PLANTS.values()} == FINDINGS.keys()
    assert len(PLANTS) >= 20


def test_a_change_after_the_last_edition_waits_for_the_next(tmp_path: Path) -> None:
    city = open_city(tmp_path / "record.db")
    scene = lived(city, tmp_path / "published")
    papers = RULES[Command.REPORT_LOSS].evidence
    city.later(minutes=5)
    plain = CardRef(scene.refs["plain"])
    city.office.report_loss(plain, of=LossOf.CARD, actor=CLERK, evidence=papers, at=city.at)
    with city.office.store.reading() as work:
        report = check_record(work.connection, KEYS, at=scene.now, published=scene.tokens)
        alone = check_record(work.connection, KEYS, at=scene.now)
    city.office.store.close()
    assert (report.bad, report.counted["waiting"]) == (0, 3)
    assert "lists" not in alone.counted
