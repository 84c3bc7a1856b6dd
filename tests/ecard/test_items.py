from __future__ import annotations

from dataclasses import replace

import pytest

from codes.errors import Text
from ecard import faults
from ecard.items import (
    Capability,
    Duty,
    Item,
    ItemList,
    Proposal,
    Step,
    StepTaken,
    Tier,
    advance,
    capabilities,
    difference,
    draft,
    in_force,
    publish,
    usable,
)
from ecard.itemseed import SEED
from ecard.model import CardState, HoldKind, ItemGroup
from tests.ecard.city import CQ, NOW, SC, refused

BUS = next(item for item in SEED if item.id == "bus-and-metro")
CAMPUS = next(item for item in SEED if item.id == "campus")
DISTRICT = replace(CAMPUS, id="swimming-pool", tier=Tier.DISTRICT)
YUZHONG = f"{CQ}/渝中区"


def go(proposal: Proposal, *steps: tuple[Step, str]) -> Proposal:
    for number, (step, by) in enumerate(steps, start=1):
        proposal = advance(proposal, step, by=by, document=f"文件〔2026〕{number}号", at=NOW + number)
    return proposal


def begun(item: Item) -> Proposal:
    return draft(item, by="departments", document="拟稿", at=NOW)


def live(item: Item) -> Proposal:
    deciders = {Tier.JOINT: [CQ, SC], Tier.MUNICIPAL: [CQ], Tier.DISTRICT: [YUZHONG]}[item.tier]
    filed = [(Step.FILE, CQ)] if item.tier is Tier.DISTRICT else []
    return go(begun(item), *((Step.DECIDE, by) for by in deciders), (Step.PUBLISH, deciders[0]), *filed)


@pytest.mark.article("ZZ-7(1)-(13)")
def test_the_list_begins_with_all_thirteen_groups() -> None:
    assert {item.group for item in SEED} == set(ItemGroup)
    assert len(ItemGroup) == 13
    assert all(item.title.zh and item.title.en for item in SEED)
    assert len(ItemList(version=1, since=NOW, items=SEED).items) == len({item.id for item in SEED})


@pytest.mark.article("ZZ-7-end")
def test_the_list_is_published_in_versions_that_stay_and_can_be_compared() -> None:
    proposals = [live(BUS), live(CAMPUS)]
    history = publish((), proposals, at=NOW)
    assert publish(history, proposals, at=NOW + 9) == history
    changed = replace(BUS, title=Text("轨道交通", "Metro"), duty=Duty.PHASED)
    history = publish(history, [live(changed), live(DISTRICT)], at=NOW + 10)
    assert [version.version for version in history] == [1, 2]
    found = difference(*history)
    assert (found.added, found.withdrawn, dict(found.changed)) == (("swimming-pool",), ("campus",), {"bus-and-metro": ("title", "duty")})
    assert in_force(history, NOW - 1) is None
    assert in_force(history, NOW + 9) == history[0]
    assert in_force(history, NOW + 10) == history[1]
    with refused(faults.ITEM_STEP, version=2):
        publish(history, proposals, at=NOW + 10)


@pytest.mark.article("CQ-14a")
@pytest.mark.error("item-step")
def test_a_municipal_item_is_drafted_decided_published_and_withdrawn_in_this_order() -> None:
    proposal = begun(CAMPUS)
    for step in (Step.PUBLISH, Step.WITHDRAW, Step.FILE, Step.DRAFT):
        with refused(faults.ITEM_STEP, step=step):
            go(proposal, (step, CQ))
    with refused(faults.ITEM_STEP, by=SC):
        go(proposal, (Step.DECIDE, SC))
    decided = go(proposal, (Step.DECIDE, CQ))
    assert not decided.live
    published = go(decided, (Step.PUBLISH, CQ))
    assert published.live
    for step in (Step.DECIDE, Step.PUBLISH, Step.FILE):
        with refused(faults.ITEM_STEP):
            go(published, (step, CQ))
    withdrawn = go(published, (Step.WITHDRAW, CQ))
    assert not withdrawn.live
    assert [taken.step for taken in withdrawn.steps] == [Step.DRAFT, Step.DECIDE, Step.PUBLISH, Step.WITHDRAW]
    with refused(faults.ITEM_STEP):
        go(withdrawn, (Step.WITHDRAW, CQ))
    with refused(faults.ITEM_STEP):
        advance(proposal, Step.DECIDE, by=CQ, document="倒签", at=NOW - 1)


@pytest.mark.article("CQ-14b")
def test_a_districts_item_is_agreed_by_its_own_government_published_and_filed_one_level_up() -> None:
    for stranger in (CQ, SC, f"{SC}/锦江区", f"{CQ}/"):
        with refused(faults.ITEM_STEP):
            go(begun(DISTRICT), (Step.DECIDE, stranger))
    published = go(begun(DISTRICT), (Step.DECIDE, YUZHONG), (Step.PUBLISH, YUZHONG))
    assert not published.live
    with refused(faults.ITEM_STEP):
        go(published, (Step.FILE, YUZHONG))
    filed = advance(published, Step.FILE, by=CQ, document="备案 2026-017", at=NOW + 9)
    assert filed.live
    assert filed.steps[-1] == StepTaken(step=Step.FILE, by=CQ, document="备案 2026-017", at=NOW + 9)


@pytest.mark.article("CQ-14c")
def test_a_joint_item_is_live_only_when_both_governments_have_decided_it() -> None:
    one = go(begun(BUS), (Step.DECIDE, CQ))
    with refused(faults.ITEM_STEP):
        go(one, (Step.PUBLISH, CQ))
    with refused(faults.ITEM_STEP):
        go(one, (Step.DECIDE, CQ))
    assert go(one, (Step.DECIDE, SC), (Step.PUBLISH, SC)).live
    assert publish((), [one], at=NOW)[0].items == ()


@pytest.mark.article("CQ-7a")
@pytest.mark.article("CQ-7b")
@pytest.mark.article("CQ-7c")
def test_human_resources_insurance_transport_culture_and_health_are_served_in_both_regions() -> None:
    can = capabilities(CardState.ACTIVE, (), expired=False, financial_account=False)
    joint = {item.group: item for item in SEED if item.tier is Tier.JOINT}
    groups = {ItemGroup.SOCIAL_INSURANCE, ItemGroup.HUMAN_RESOURCES, ItemGroup.HEALTH, ItemGroup.TRANSPORT, ItemGroup.CULTURE_AND_TOURISM}
    assert groups <= joint.keys()
    for group in groups:
        for region in (CQ, SC):
            assert usable(joint[group], can, region=region, electronic=True)
    assert not usable(CAMPUS, can, region=SC, electronic=True)


@pytest.mark.article("CQ-2a")
def test_the_electronic_card_serves_wherever_the_physical_one_does_unless_the_list_says_otherwise() -> None:
    can = capabilities(CardState.ACTIVE, (), expired=False, financial_account=True)
    for item in SEED:
        (region, *_) = item.regions
        assert usable(item, can, region=region, electronic=True) == usable(item, can, region=region, electronic=False) is True
    assert not usable(replace(CAMPUS, electronic=False), can, region=CQ, electronic=True)


@pytest.mark.article("CQ-8a")
@pytest.mark.article("CQ-8b")
@pytest.mark.article("CQ-8c")
def test_what_must_be_paid_through_the_card_what_follows_and_what_is_welcome() -> None:
    paying = {item.id: item.duty for item in SEED if Capability.PAY in item.needs}
    assert paying == {
        **dict.fromkeys(["household-subsidies", "insurance-benefits", "state-scholarships", "work-relief"], Duty.MANDATORY),
        **dict.fromkeys(["migrant-wages", "public-pay", "tax-refunds", "provident-fund", "farm-insurance"], Duty.PHASED),
        "utilities": Duty.ENCOURAGED,
    }


@pytest.mark.article("HZ-2")
@pytest.mark.article("CQ-2b")
def test_a_card_records_answers_proves_and_pays_as_far_as_its_state_allows() -> None:
    full = capabilities(CardState.ACTIVE, (), expired=False, financial_account=True)
    assert full == set(Capability)
    assert capabilities(CardState.ACTIVE, (), expired=False, financial_account=False) == set(Capability) - {Capability.PAY}
    for stopped in (
        capabilities(CardState.PENDING, (), expired=False, financial_account=True),
        capabilities(CardState.ACTIVE, {HoldKind.LOSS}, expired=False, financial_account=True),
        capabilities(CardState.ACTIVE, (), expired=True, financial_account=True),
    ):
        assert stopped == {Capability.RECORD}
    assert capabilities(CardState.ENDED, (), expired=False, financial_account=True) == set()


@pytest.mark.article("CQ-25(1)")
def test_staff_run_what_stands_on_the_list_and_nothing_else() -> None:
    (version,) = publish((), [live(BUS), go(begun(CAMPUS), (Step.DECIDE, CQ))], at=NOW)
    assert version.item("bus-and-metro") == BUS
    assert version.item("campus") is None
    assert version.item("selling insurance") is None


@pytest.mark.error("item-list")
def test_a_list_that_cannot_be_is_refused() -> None:
    with refused(faults.ITEM_LIST, wrong="an item twice"):
        ItemList(version=1, since=NOW, items=(BUS, BUS))
    with refused(faults.ITEM_LIST, wrong="item"):
        replace(CAMPUS, id="")
    with refused(faults.ITEM_LIST, wrong="item"):
        replace(CAMPUS, needs=frozenset())
    for regions in (frozenset[str](), frozenset({"CN-GZ"})):
        with refused(faults.ITEM_LIST, wrong="item"):
            replace(CAMPUS, regions=regions)
    with refused(faults.ITEM_LIST):
        replace(BUS, regions=frozenset({CQ}))
    with refused(faults.ITEM_LIST, wrong="no document"):
        advance(begun(BUS), Step.DECIDE, by=CQ, document="", at=NOW)
