"""Canaries: people whose names and numbers are looked for in everything that a whole journey leaves behind."""

from __future__ import annotations

import base64
import json
import logging
import traceback
from typing import TYPE_CHECKING

import pytest

from codes.claims import Profile
from codes.errors import CardError
from codes.receipts import Receipt
from ecard import audit, identity
from ecard.applying import Application
from ecard.audit import Auditor
from ecard.audit_walk import verify_chains
from ecard.check import check_record, read_published
from ecard.identity import IdentityType
from ecard.lifecycle import RULES, Command
from ecard.publishing import publish_statuses
from ecard.retention import retain
from ecard.stopping import LossOf
from ecard.vault import IndexPurpose
from tests.ecard.city import CLERK, CQ, SC, City, SoftPhone, person_number
from tests.ecard.test_check import AUDIT, KEYS, STATUS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

NAME, SECOND = "龘靐麤", "阿卜杜拉·卡纳里"
NUMBER, OTHER = person_number(731, born="19870503"), person_number(862, born="20010911")
WRONG = NUMBER[:-1] + ("0" if NUMBER[-1] != "0" else "1")


def traces() -> dict[str, bytes]:
    """Every canary in every writing in which it might lie about."""
    found = {}
    for text in (NAME, SECOND, NUMBER, OTHER, WRONG):
        for encoding in ("utf-8", "gb18030", "utf-16-le", "utf-16-be"):
            found[f"{text} {encoding}"] = text.encode(encoding)
        found[f"{text} base64"] = base64.b64encode(text.encode()).rstrip(b"=")[:-1]
        found[f"{text} hex"] = text.encode().hex().encode()
        found[f"{text} json"] = json.dumps(text).strip('"').encode()
    return found


def hits(content: bytes) -> list[str]:
    return [name for name, trace in traces().items() if trace in content]


def refusal(act: Callable[[], object]) -> str:
    """Everything that a refused command shows of itself."""
    with pytest.raises(CardError) as caught:
        act()
    return "\n".join([repr(caught.value), str(caught.value), repr(caught.value.facts), *traceback.format_exception(caught.value)[-1:]])


def journey(city: City) -> list[str]:
    """Two canaries apply, use their cards and lose one; every slip of the pen on the way. Returns everything that was said."""
    said = []
    forms = [
        Application(region=CQ, identity_type=IdentityType.RESIDENT_ID, identity_number=number, name=name)
        for number, name in ((NUMBER, NAME), (OTHER, SECOND))
    ]
    said += [repr(form) for form in forms]
    evidence = RULES[Command.APPLY].evidence
    cards = [city.office.apply(form, actor=CLERK, evidence=evidence, at=city.at).dossier for form in forms]
    said.append(repr(cards))
    slips = [
        Application(region=CQ, identity_type=IdentityType.RESIDENT_ID, identity_number=WRONG, name=NAME),
        Application(region=CQ, identity_type=IdentityType.RESIDENT_ID, identity_number=NUMBER, name=NAME),
        Application(region=SC, identity_type=IdentityType.RESIDENT_ID, identity_number=NUMBER, name=NAME),
        Application(region=CQ, identity_type=IdentityType.RESIDENT_ID, identity_number=NUMBER + "\n", name=NAME),
        Application(region=CQ, identity_type=IdentityType.RESIDENT_ID, identity_number=OTHER, name=NAME + "\x00"),
    ]
    said += [refusal(lambda slip=slip: city.office.apply(slip, actor=CLERK, evidence=evidence, at=city.at)) for slip in slips]  # type: ignore[misc]  # because a lambda's default has no type
    for number, dossier in enumerate(cards):
        chip, phone = city.chip_of(dossier), SoftPhone(f"canary {number}")
        city.personalise(dossier, chip)
        active = city.office.activate(dossier.card.ref, actor=CLERK, evidence=RULES[Command.ACTIVATE].evidence, at=city.at)
        city.renew(city.bind(active, phone, chip).phone, phone, Profile.GENERAL, Profile.IDENTITY)
    city.office.cards_of_person(IdentityType.RESIDENT_ID, NUMBER, purpose=IndexPurpose.COUNTER, actor=CLERK, at=city.at)
    said.append(refusal(lambda: city.office.cards_of_person(IdentityType.RESIDENT_ID, WRONG, purpose=IndexPurpose.COUNTER, actor=CLERK, at=city.at)))
    papers = RULES[Command.REPORT_LOSS].evidence
    stopped = city.office.report_loss(cards[0].card.ref, of=LossOf.CARD, actor=CLERK, evidence=papers, at=city.at)
    assert stopped.receipt is not None
    said += [repr(stopped), repr(Receipt.from_bytes(stopped.receipt)), repr(identity.parse(IdentityType.RESIDENT_ID, NUMBER, on=city.at.date()))]
    said.append(repr(city.office))
    return said


@pytest.mark.threat("H09")
@pytest.mark.article("ZS-8")
def test_a_whole_journey_leaves_no_name_and_no_number_outside_the_vaults_seals(
    city: City, tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    said = journey(city)
    auditor = Auditor(store=city.office.store, signer=AUDIT)
    assert auditor.checkpoint(city.at) is not None
    publish_statuses(city.office.truth(city.later(minutes=1)), tmp_path / "published", STATUS, at=city.at)
    walked = verify_chains(city.office.store, AUDIT.public_key)
    with city.office.store.reading() as work:
        checked = check_record(work.connection, KEYS, at=int(city.at.timestamp()), published=read_published(tmp_path / "published"))
        said.append(repr(audit.newest(work)))
    assert walked.good
    assert checked.bad == 0, checked.to_text()
    said += [report.to_text() + report.to_text(chinese=True) + repr(report) + str(report.to_json()) for report in (walked, checked)]
    said.append(retain(city.office, at=city.at).to_text())
    out, err = capfd.readouterr()
    assert hits("\n".join([*said, out, err, caplog.text]).encode()) == []
    files = {str(path.relative_to(tmp_path)): path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert any(name.endswith("-wal") for name in files)
    assert {name: found for name, content in files.items() if (found := hits(content))} == {}


def test_the_search_would_find_a_canary(city: City, tmp_path: Path) -> None:
    journey(city)
    with city.office.store.writing() as work:
        work.connection.exec_driver_sql("UPDATE reader SET registered_by = ?", (NAME,))
    assert f"{NAME} utf-8" in hits(b"".join(path.read_bytes() for path in tmp_path.iterdir() if path.is_file()))
    assert f"{NUMBER} gb18030" in hits(b"..." + NUMBER.encode("gb18030") + b"...")
    assert hits(b"nobody") == []
