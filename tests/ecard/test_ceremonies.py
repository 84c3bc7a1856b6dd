"""Ceremonies: a new root signed by keepers who never meet, and keys that are kept apart."""

from __future__ import annotations

import json
import secrets
import shutil
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from codes.errors import CardError, SetupError, StateError
from ecard import faults, keycards
from ecard.ceremony import Authorities, Lives
from ecard.drafts import Ceremony, authorities_of
from ecard.keyring import Keyring, read_ed25519
from ecard.trustrepo import TrustRepository
from tests.ecard.published import AT, KEYS, NOON, PlainClient, card, documents, files, found

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ONLINE = ("snapshot", "timestamp")
LATER = AT + timedelta(hours=3)


@pytest.fixture
def published(tmp_path: Path) -> Path:
    found(tmp_path / "published")
    return tmp_path / "published"


@pytest.fixture
def safe(tmp_path: Path) -> Path:
    return tmp_path / "safe"


def proposal(published: Path, safe: Path) -> Ceremony:
    """root-2 goes, root-6 comes."""
    after = keycards.rearrange(authorities_of(published), add=[card(safe)], drop=["root-2"], thresholds={})
    return Ceremony.propose(TrustRepository(published), after, at=LATER)


@pytest.mark.threat("D04")
def test_keepers_sign_copies_in_different_places_and_old_terminals_walk_to_the_new_root(published: Path, safe: Path, tmp_path: Path) -> None:
    client = PlainClient(published, tmp_path / "client")
    client.updater()
    proposal(published, safe).save(tmp_path / "here", is_new=True)
    shutil.copytree(tmp_path / "here", tmp_path / "there")
    here, there = Ceremony.open(tmp_path / "here"), Ceremony.open(tmp_path / "there")
    assert here.sign(KEYS.trust_signers("root")[:1]) == {"root": ["root-1"]}
    there.sign([*KEYS.trust_signers("root")[2:4], read_ed25519(safe / "root-6.pem")])
    there.save(tmp_path / "there")
    assert here.gather(Ceremony.open(tmp_path / "there")) == 3
    assert here.gather(there) == 0
    assert all(lack.is_met for lack in here.lacks())
    assert here.publish(TrustRepository(published), KEYS.trust_signers(*ONLINE), at=LATER) == 2
    assert client.read("CN-CQ/issuers.cbor", at=LATER) == documents("CN-CQ").files()["CN-CQ/issuers.cbor"]
    assert {key.name for key in authorities_of(published).root.keys} == {"root-1", "root-3", "root-4", "root-5", "root-6"}


@pytest.mark.threat("C01")
def test_below_the_threshold_nothing_comes_into_force(published: Path, safe: Path) -> None:
    ceremony, before = proposal(published, safe), files(published)
    ceremony.sign(KEYS.trust_signers("root")[:2])
    (old, new) = ceremony.lacks()
    assert (old.by, old.came, old.threshold, old.is_met) == ("old", ("root-1", "root-2"), 3, False)
    assert "root-6" in new.missing
    with pytest.raises(SetupError) as refused:
        ceremony.publish(TrustRepository(published), KEYS.trust_signers(*ONLINE), at=LATER)
    assert refused.value.fault is faults.TRUST_SIGNERS_MISSING
    assert files(published) == before


def test_a_ceremony_says_which_keys_come_and_go(published: Path, safe: Path) -> None:
    assert proposal(published, safe).changes() == [("-", "root", "root-2 (CN-SC)"), ("+", "root", "root-6 (CN-SC)")]


@pytest.mark.error("trust-overtaken")
def test_a_proposal_over_an_older_root_is_void(published: Path, safe: Path) -> None:
    ceremony = proposal(published, safe)
    ceremony.sign([*KEYS.trust_signers("root"), read_ed25519(safe / "root-6.pem")])
    TrustRepository(published).rotate_root(KEYS.authorities(), KEYS.trust_signers(), at=LATER)
    with pytest.raises(SetupError) as refused:
        ceremony.publish(TrustRepository(published), KEYS.trust_signers(*ONLINE), at=LATER)
    assert refused.value.fault is faults.TRUST_OVERTAKEN


def test_documents_published_during_a_ceremony_are_not_lost(published: Path, safe: Path) -> None:
    fresh = card(safe, "CN-CQ.trust-2", "CN-CQ", "CN-CQ")
    after = keycards.rearrange(authorities_of(published), add=[fresh], drop=["CN-CQ.trust"], thresholds={})
    ceremony = Ceremony.propose(TrustRepository(published), after, at=LATER)
    ceremony.sign([*KEYS.trust_signers(), read_ed25519(safe / "CN-CQ.trust-2.pem")])
    TrustRepository(published).publish(documents("CN-CQ", epoch=2), KEYS.trust_signers("CN-CQ", *ONLINE), at=LATER)
    with pytest.raises(SetupError) as refused:
        ceremony.publish(TrustRepository(published), KEYS.trust_signers(*ONLINE), at=LATER)
    assert refused.value.fault is faults.TRUST_OVERTAKEN


def test_a_base_that_was_exchanged_on_the_way_reaches_nothing(published: Path, tmp_path: Path) -> None:
    strangers = Keyring.derived(b"strangers")
    TrustRepository.create(tmp_path / "theirs", strangers.authorities(), strangers.trust_signers(), at=AT)
    forged = Ceremony.propose(TrustRepository(tmp_path / "theirs"), strangers.authorities(), at=LATER)
    forged.sign(strangers.trust_signers())
    before = files(published)
    with pytest.raises(SetupError) as refused:
        forged.publish(TrustRepository(published), strangers.trust_signers(*ONLINE), at=LATER)
    assert refused.value.fault is faults.TRUST_OVERTAKEN
    assert files(published) == before


def test_the_first_root_is_made_by_people_who_bring_only_cards(tmp_path: Path) -> None:
    roles = [("root", holder, number) for number, holder in enumerate(("CN-CQ", "CN-SC", "joint", "CN-CQ", "CN-SC"), 1)]
    roles += [("targets", holder, number) for number, holder in enumerate(("CN-CQ", "CN-SC", "joint"), 1)]
    roles += [(role, "service", 1) for role in ONLINE] + [(role, role[-5:], 1) for role in ("CN-CQ", "CN-SC", "joint-CN-CQ", "joint-CN-SC")]
    cards = [card(tmp_path / "safes" / f"{role}{number}", f"{role}-{number}", role, holder) for role, holder, number in roles]
    repository = TrustRepository(tmp_path / "published")
    ceremony = Ceremony.propose(repository, keycards.assemble(cards, {}), at=AT, clock_floor=NOON)
    ceremony.save(tmp_path / "ceremony", is_new=True)
    for path in sorted((tmp_path / "safes").glob("*/*.pem")):
        ceremony = Ceremony.open(tmp_path / "ceremony")
        if any(path.stem in lack.missing for lack in ceremony.lacks()):
            ceremony.sign([read_ed25519(path)])
            ceremony.save(tmp_path / "ceremony")
    online = [read_ed25519(tmp_path / "safes" / f"{role}1" / f"{role}-1.pem") for role in ONLINE]
    assert Ceremony.open(tmp_path / "ceremony").publish(repository, online, at=AT) == 1
    assert authorities_of(tmp_path / "published") == keycards.assemble(cards, {})


# ---------------------------------------------------------------------------------------------------------- what goes wrong


@pytest.mark.error("ceremony-exists")
def test_a_ceremony_takes_an_empty_folder(published: Path, safe: Path, tmp_path: Path) -> None:
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "file").touch()
    with pytest.raises(SetupError) as refused:
        proposal(published, safe).save(tmp_path / "taken", is_new=True)
    assert refused.value.fault is faults.CEREMONY_EXISTS


def _other_version(page: dict[str, object]) -> None:
    page["version"] = 2


def _no_time(page: dict[str, object]) -> None:
    del page["at"]


def _no_such_time(page: dict[str, object]) -> None:
    page["at"] = 10**18


def _a_role_outside(page: dict[str, object]) -> None:
    page["roles"] = ["../base/targets"]  # a file that is there, and would be written again


def _a_role_that_nobody_names(page: dict[str, object]) -> None:
    page["roles"] = ["targets", "CN-GZ"]


@pytest.mark.error("ceremony-broken")
@pytest.mark.parametrize("harm", [_other_version, _no_time, _no_such_time, _a_role_outside, _a_role_that_nobody_names])
def test_a_page_that_says_something_else_is_named(published: Path, safe: Path, tmp_path: Path, harm: Callable[[dict[str, object]], None]) -> None:
    proposal(published, safe).save(tmp_path / "c", is_new=True)
    page = json.loads((tmp_path / "c" / "ceremony.json").read_text())
    (tmp_path / "c" / "drafts" / "CN-GZ.json").write_bytes((tmp_path / "c" / "base" / "targets.json").read_bytes())
    (tmp_path / "c" / "drafts" / "targets.json").write_bytes((tmp_path / "c" / "base" / "targets.json").read_bytes())
    harm(page)
    (tmp_path / "c" / "ceremony.json").write_text(json.dumps(page))
    with pytest.raises(SetupError) as refused:
        Ceremony.open(tmp_path / "c")
    assert refused.value.fault is faults.CEREMONY_BROKEN


@pytest.mark.error("ceremony-broken")
@pytest.mark.parametrize("name", ["drafts/root.json", "base/root.json", "base/targets.json"])
@pytest.mark.parametrize("content", [None, b"{}", "the other kind"])
def test_a_file_that_is_missing_or_another_is_named(published: Path, safe: Path, tmp_path: Path, name: str, content: bytes | str | None) -> None:
    proposal(published, safe).save(tmp_path / "c", is_new=True)
    path = tmp_path / "c" / name
    other = (tmp_path / "c" / ("base/root.json" if "targets" in name else "base/targets.json")).read_bytes()
    path.unlink()
    if content is not None:
        path.write_bytes(other if isinstance(content, str) else content)
    with pytest.raises(SetupError) as refused:
        Ceremony.open(tmp_path / "c")
    assert (refused.value.fault, refused.value.facts["file"]) == (faults.CEREMONY_BROKEN, name)


@pytest.mark.error("ceremony-other")
def test_signatures_of_another_proposal_are_not_gathered(published: Path, safe: Path) -> None:
    mine = proposal(published, safe)
    other = Ceremony.propose(TrustRepository(published), authorities_of(published), at=LATER)
    with pytest.raises(SetupError) as refused:
        mine.gather(other)
    assert refused.value.fault is faults.CEREMONY_OTHER


def test_a_spoilt_signature_on_a_copy_is_left_there(published: Path) -> None:
    repository = TrustRepository(published)
    mine, copy = (Ceremony.propose(repository, authorities_of(published), at=LATER) for _ in range(2))
    copy.sign(KEYS.trust_signers("root"))
    (lack, *_) = copy.lacks()
    assert len(lack.came) == 5
    next(iter(copy._root.signatures.values())).signature = "00" * 64
    assert mine.gather(copy) == 4


@pytest.mark.error("ceremony-not-asked")
def test_a_key_that_nobody_asks_for_is_told_so(published: Path, safe: Path) -> None:
    ceremony = proposal(published, safe)
    with pytest.raises(StateError) as refused:
        ceremony.sign(Keyring.derived(b"strangers").trust_signers("root"))
    assert refused.value.fault is faults.CEREMONY_NOT_ASKED


# ------------------------------------------------------------------------------------------------------------------- cards


def test_root_and_targets_keys_leave_the_office_and_daily_work_goes_on(tmp_path: Path) -> None:
    keyring = Keyring.create(tmp_path / "keys", secrets.token_bytes)
    repository = TrustRepository.create(tmp_path / "published", keyring.authorities(), keyring.trust_signers(), at=AT)
    moved = keycards.take_out(tmp_path / "keys", tmp_path / "safe", authorities_of(tmp_path / "published"))
    assert len(moved) == 8
    assert not [path for path in (tmp_path / "keys").glob("*.pem") if path.name.startswith(("root", "targets"))]
    assert {path.parent.name for path in (tmp_path / "safe").glob("*/*.pem")} == {"CN-CQ", "CN-SC", "joint"}
    assert all(path.stat().st_mode & 0o077 == 0 for path in (tmp_path / "safe").glob("*/*.pem"))
    repository.refresh(Keyring.open(tmp_path / "keys").trust_signers(*ONLINE), at=LATER)
    with pytest.raises(SetupError) as again:
        keycards.take_out(tmp_path / "keys", tmp_path / "safe", authorities_of(tmp_path / "published"))
    assert again.value.fault is faults.KEY_MISSING


@pytest.mark.threat("D04")
@pytest.mark.parametrize(
    ("drop", "thresholds"),
    [
        (["snapshot"], {}),  # a role without keys
        ([], {"root": 2}),  # CN-CQ alone would hold it
        ([], {"root": 6}),
        ([], {"CN-HU": 1}),
        (["CN-SC.joint"], {}),  # a region without its joint role
    ],
)
def test_authorities_that_cannot_be_are_not_proposed(published: Path, drop: list[str], thresholds: dict[str, int]) -> None:
    with pytest.raises(CardError) as refused:
        keycards.rearrange(authorities_of(published), add=[], drop=drop, thresholds=thresholds)
    assert refused.value.fault is faults.TRUST_AUTHORITIES


def test_authorities_are_read_back_from_what_is_published(published: Path) -> None:
    assert authorities_of(published) == KEYS.authorities()
    assert isinstance(authorities_of(published), Authorities)


def test_a_root_in_good_time_is_renewed_by_an_unchanged_rotation(published: Path) -> None:
    repository = TrustRepository(published, lives=Lives())
    ceremony = Ceremony.propose(repository, authorities_of(published), at=AT + timedelta(days=60))
    assert {lack.role for lack in ceremony.lacks()} == {"root", "targets"}
    ceremony.sign(KEYS.trust_signers("root", "targets"))
    ceremony.publish(repository, KEYS.trust_signers(*ONLINE), at=AT + timedelta(days=60))
    assert repository.expiries()["targets"] == AT + timedelta(days=150)
