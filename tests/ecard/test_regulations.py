"""Sentences of the regulations that no single chapter keeps: each test reads like its sentence."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import cbor2
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils

from codes.claims import Profile
from codes.errors import Text
from codes.reasons import TABLE, Outcome
from ecard import chain, faults, items
from ecard.items import Capability, Duty, Step, Tier, advance, draft, in_force, publish, usable
from ecard.itemseed import SEED
from ecard.lifecycle import RULES, Command
from ecard.making.production import ORDER_HEADING
from ecard.model import Actor, DestructionMethod, ExchangeGround, FreezeGround, ItemGroup, Role
from ecard.policybook import DEFAULT, PolicyBook
from ecard.stopping import LossOf
from ecard.vault import IndexPurpose
from tests.ecard.city import AT, CLERK, CQ, NOW, SC, SC_CLERK, SUPERVISOR, WORKSHOP, City, SoftPhone, person_number, refused
from tests.ecard.counters import INTAKE, open_point
from tests.ecard.desk import BANKER, lose, papers, remade

if TYPE_CHECKING:
    from ecard.items import Item, Proposal

DOCS = Path(__file__).resolve().parents[2] / "docs"
EVERY_ARTICLE = {name for section in tomllib.loads((DOCS / "articles.toml").read_text("utf-8")).values() for name in section["rows"]}


def live(item: Item, *steps: tuple[Step, str]) -> Proposal:
    proposal = draft(item, by="人社局", document="文件〔2026〕1号", at=NOW)
    for number, (step, by) in enumerate(steps, start=1):
        proposal = advance(proposal, step, by=by, document=f"文件〔2026〕{number + 1}号", at=NOW + number)
    return proposal


@pytest.mark.article("HZ-7")
def test_functions_and_reach_grow_step_by_step_each_from_a_stated_day() -> None:
    campus = next(item for item in SEED if item.id == "campus")
    first = publish((), [live(campus, (Step.DECIDE, CQ), (Step.PUBLISH, CQ))], at=NOW + 10)
    wider = live(replace(campus, id="campus-of-both", tier=Tier.JOINT, regions=frozenset({CQ, SC})), (Step.DECIDE, CQ), (Step.DECIDE, SC))
    assert publish(first, [live(campus, (Step.DECIDE, CQ), (Step.PUBLISH, CQ)), wider], at=NOW + 20) == first
    wider = advance(wider, Step.PUBLISH, by="人社局", document="文件〔2026〕9号", at=NOW + 30)
    second = publish(first, [live(campus, (Step.DECIDE, CQ), (Step.PUBLISH, CQ)), wider], at=NOW + 40)
    assert [version.version for version in second] == [1, 2]
    before, after = in_force(second, NOW + 39), in_force(second, NOW + 40)
    assert before is not None
    assert after is not None
    assert before.item("campus-of-both") is None
    assert after.item("campus-of-both") is not None


@pytest.mark.article("ZS-12")
def test_the_card_serves_employment_insurance_transport_health_banking_and_payment_and_more_may_follow() -> None:
    groups = {item.group for item in SEED}
    fields = {ItemGroup.HUMAN_RESOURCES, ItemGroup.SOCIAL_INSURANCE, ItemGroup.TRANSPORT, ItemGroup.HEALTH, ItemGroup.BANKING}
    assert fields <= groups
    assert any(Capability.PAY in item.needs and item.duty is Duty.ENCOURAGED for item in SEED)
    more = items.Item(id="archives", group=ItemGroup.OTHER, title=Text("档案查询", "Archives"), needs=frozenset({Capability.QUERY}))
    (version,) = publish((), [live(more, (Step.DECIDE, CQ), (Step.PUBLISH, CQ))], at=NOW + 9)
    assert version.item("archives") == more


@pytest.mark.article("ZZ-5b")
def test_a_department_brings_its_item_in_and_the_item_is_served_online_and_offline_alike() -> None:
    item = items.Item(id="archives", group=ItemGroup.OTHER, title=Text("档案查询", "Archives"), needs=frozenset({Capability.IDENTITY}))
    proposal = draft(item, by="市档案局", document="档函〔2026〕1号", at=NOW)
    assert proposal.steps[0].by == "市档案局"
    assert not proposal.live
    assert usable(item, {Capability.IDENTITY}, region=CQ, electronic=True)
    assert usable(item, {Capability.IDENTITY}, region=CQ, electronic=False)


@pytest.mark.article("ZZ-4")
def test_regions_coordinate_with_one_another_and_districts_within_them(city: City) -> None:
    card, _ = city.card()
    until = city.at + timedelta(days=3)
    evidence = RULES[Command.REQUEST_FREEZE].evidence
    asked = city.office.request_freeze(card.card.ref, ground=FreezeGround.THEFT, until=until, actor=SC_CLERK, evidence=evidence, at=city.at)
    granted = RULES[Command.FREEZE].evidence
    city.office.freeze(card.card.ref, ground=FreezeGround.THEFT, until=until, request=asked.ref, actor=CLERK, evidence=granted, at=city.at)
    (answered,) = city.office.freeze_requests(card.card.ref)
    assert (answered.region, answered.answer) == (SC, "granted")
    pool = replace(next(item for item in SEED if item.id == "campus"), id="pool", tier=Tier.DISTRICT)
    agreed = live(pool, (Step.DECIDE, f"{CQ}/渝中区"), (Step.PUBLISH, f"{CQ}/渝中区"))
    assert not agreed.live
    assert advance(agreed, Step.FILE, by=CQ, document="备案〔2026〕7号", at=NOW + 9).live


@pytest.mark.article("ZZ-5c")
def test_banks_and_the_service_itself_carry_out_and_make_no_policy(city: City) -> None:
    of = {role: {command for command, rule in RULES.items() if role in rule.who} for role in (Role.BANK, Role.SERVICE)}
    assert of[Role.BANK] == {Command.ACTIVATE_ACCOUNT, Command.END_ACCOUNT}
    assert not any(RULES[command].class_a for command in of[Role.SERVICE])
    assert not of[Role.SERVICE] & {Command.APPLY, Command.FREEZE, Command.CANCEL, Command.GRANT_FARE}
    for actor in (BANKER, Actor(ref="tick", person="tick", role=Role.SERVICE, region=CQ)):
        with refused(faults.NOT_PERMITTED):
            city.office.register_reader("reader", actor=actor, at=city.at)


@pytest.mark.article("ZS-3")
@pytest.mark.article("ZS-11(1)")
def test_the_whole_life_of_a_card_falls_under_one_table_of_rules_and_the_card_records_all_of_it(city: City) -> None:
    card, chip = city.card()
    city.bind(card, SoftPhone("p"), chip)
    lose(city, card, LossOf.CHIP)
    city.office.withdraw_loss(card.card.ref, of=LossOf.CHIP, **papers(city, Command.WITHDRAW_LOSS))
    remade(city, city.office.card(card.card.ref))
    done = [event.command for event in city.office.events(card.card.ref)]
    assert done == ["apply", "personalise", "activate", "bind-phone", "report-loss", "withdraw-loss", "exchange", "personalise", "hand-over"]
    for event in city.office.events(card.card.ref):
        assert event.articles == RULES[Command(event.command)].articles


@pytest.mark.article("ZZ-2c")
def test_every_command_from_applying_to_cancelling_names_the_rules_that_it_follows() -> None:
    for command, rule in RULES.items():
        assert rule.articles, command
        assert set(rule.articles) <= EVERY_ARTICLE, command


@pytest.mark.article("ID-1")
def test_applying_renewing_and_replacing_happen_as_the_law_says_or_not_at_all(city: City) -> None:
    card, _ = city.card()
    with refused(faults.PERSON_HAS_CARD):
        city.apply()
    with refused(faults.RENEWAL_EARLY):
        city.office.exchange(card.card.ref, ExchangeGround.RENEWAL, **papers(city, Command.EXCHANGE))
    with refused(faults.LOSS_NOT_REPORTED):
        city.office.replace(card.card.ref, **papers(city, Command.REPLACE))
    assert city.office.card(card.card.ref) == card


@pytest.mark.article("ZS-10")
def test_what_is_printed_on_the_card_and_what_a_machine_reads_are_two_different_sets(city: City) -> None:
    point = open_point(city)
    applied = city.apply()
    order, _ = city.office.place_order(maker="maker-1", point=point, actor=WORKSHOP, at=city.at)
    face = city.office.order_file(order.ref, actor=WORKSHOP, at=city.at).decode("utf-8-sig")
    assert ORDER_HEADING == ("行号", "卡号", "卡识别码", "姓名", "证件号码", "有效期至")
    machine = city.personalise(applied, city.chip_of(applied)).raw
    for printed in ("江小鱼", person_number(), applied.card.number):
        assert printed in face
        assert printed.encode() not in machine


@pytest.mark.article("HZ-11")
def test_what_the_office_issues_is_read_and_verified_by_the_standards_alone(city: City) -> None:
    """RFC 8949, RFC 9052, RFC 8392 and RFC 8747 by a general CBOR library and the curve: nothing of ours takes part."""
    card, chip = city.card()
    phone = SoftPhone("p")
    (credential,) = city.renew(city.bind(card, phone, chip).phone, phone, Profile.GENERAL)
    protected, unprotected, payload, signature = cbor2.loads(credential.raw).value
    signed = cbor2.dumps(["Signature1", protected, b"", payload], canonical=True)
    der = utils.encode_dss_signature(int.from_bytes(signature[:32]), int.from_bytes(signature[32:]))
    city.office.issuer(CQ).phone.signer.public_key.load().verify(der, signed, ec.ECDSA(hashes.SHA256()))
    claims = cbor2.loads(payload)
    assert (unprotected, claims[1], claims[8][1][1]) == ({}, CQ, 2)
    assert cbor2.dumps(cbor2.loads(credential.raw), canonical=True) == credential.raw


@pytest.mark.article("ZS-11(5)")
def test_the_bank_function_lives_and_ends_with_the_bank_apart_from_the_social_function(city: City) -> None:
    card, _ = city.card()
    city.office.activate_account(card.card.ref, bank="bank-1", **papers(city, Command.ACTIVATE_ACCOUNT))
    city.office.end_account(card.card.ref, bank="bank-1", **papers(city, Command.END_ACCOUNT))
    assert card.chip is not None
    with refused(faults.ACCOUNT_ENDED):
        city.office.account_for_item(card.chip.ref, at=city.at)
    assert set(city.statuses().values()) == {"VALID"}
    with refused(faults.NOT_PERMITTED):
        city.office.end_account(card.card.ref, bank="bank-1", **papers(city, Command.END_ACCOUNT, actor=CLERK))


@pytest.mark.article("CQ-19b")
def test_funds_stop_with_a_lost_card_and_the_record_leaks_nobody(city: City) -> None:
    card, _ = city.card()
    city.office.activate_account(card.card.ref, bank="bank-1", **papers(city, Command.ACTIVATE_ACCOUNT))
    lose(city, card, LossOf.CARD)
    assert card.chip is not None
    with refused(faults.CARD_HELD):
        city.office.account_for_item(card.chip.ref, at=city.at)
    city.office.store.close()
    kept = b"".join(file.read_bytes() for file in city.path.parent.iterdir() if file.is_file())
    assert card.card.number.encode() in kept
    for secret in (person_number(), "江小鱼"):
        assert secret.encode() not in kept


@pytest.mark.article("ID-9b")
def test_the_right_to_look_somebody_up_is_narrow_and_every_look_is_on_record(city: City) -> None:
    card, _ = city.card()

    def look(actor: Actor) -> tuple[str, ...]:
        kind = city.form().identity_type
        return city.office.cards_of_person(kind, person_number(), purpose=IndexPurpose.COUNTER, actor=actor, at=city.at)

    for actor in (WORKSHOP, INTAKE, BANKER, city.holder(card)):
        with refused(faults.NOT_PERMITTED):
            look(actor)
    assert look(SC_CLERK) == ()
    assert look(replace(SC_CLERK, joint_desk=True)) == look(CLERK) == (card.card.ref,)
    with city.office.store.reading() as work:
        read = city.office.vault.accesses(work, card.card.holder)
    assert [access.actor for access in read] == ["clerk-3", "clerk-3", "clerk-1"]
    assert all(access.hash == chain.seal(access) for access in read)


@pytest.mark.article("ZS-22(1)")
@pytest.mark.article("CQ-25(6)(7)")
def test_a_duty_that_is_put_off_stands_on_a_list_until_it_is_done(city: City) -> None:
    card, _ = city.card()
    old = card.chip
    assert old is not None
    remade(city, card)
    city.later(days=400)
    assert [(due.kind, due.mark) for due in city.office.due(city.at)] == [("destruction", old.ref)]
    city.office.record_destruction(card.card.ref, old.ref, DestructionMethod.SHREDDED, witness="staff-2", actor=CLERK, at=city.at)
    assert city.office.due(city.at) == ()


@pytest.mark.article("CQ-25(2)")
def test_whoever_turns_a_card_away_says_why_and_what_to_do_in_both_languages(city: City) -> None:
    turned_away = [entry for entry in TABLE.values() if entry.outcome is not Outcome.ACCEPTED]
    assert turned_away
    for entry in turned_away:
        assert all([*entry.public, *entry.staff, *entry.action])
    card, _ = city.card()
    with refused(faults.EVIDENCE_MISSING, article="ZS-17a"):
        city.office.report_loss(card.card.ref, of=LossOf.CARD, actor=CLERK, evidence=(), at=city.at)


@pytest.mark.article("ZZ-20")
def test_every_regulation_applies_from_its_own_day_and_no_edition_of_the_policy_begins_before() -> None:
    page = tomllib.loads((DOCS / "articles.toml").read_text("utf-8"))
    assert page["ZZ"]["since"] == "2024-01-01"
    edition = PolicyBook.open(DEFAULT).at(AT)
    assert all(section["since"] <= edition.since.isoformat() for section in page.values())


def test_a_supervisor_of_one_region_registers_readers_for_that_region_alone(city: City) -> None:
    city.office.register_reader("reader-7", actor=SUPERVISOR, at=city.at)
    with refused(faults.NOT_PERMITTED):
        city.office.register_reader("reader-8", actor=replace(SUPERVISOR, region=None), at=city.at)
