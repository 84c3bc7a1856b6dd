"""The first list of items: the thirteen groups, and what must, will and may be paid through the card."""

from __future__ import annotations

from codes.errors import Text
from ecard.items import REGIONS, Capability, Duty, Item, Tier
from ecard.model import ItemGroup

_BOTH = frozenset(REGIONS)
_PROVE = frozenset({Capability.IDENTITY})
_ASK = frozenset({Capability.IDENTITY, Capability.QUERY})
_PAY = frozenset({Capability.IDENTITY, Capability.PAY})


def _joint(ident: str, group: ItemGroup, zh: str, en: str, needs: frozenset[Capability], *articles: str, duty: Duty = Duty.MANDATORY) -> Item:
    return Item(id=ident, group=group, title=Text(zh, en), needs=needs, tier=Tier.JOINT, regions=_BOTH, duty=duty, articles=articles)


def _city(ident: str, group: ItemGroup, zh: str, en: str, needs: frozenset[Capability], *articles: str, duty: Duty = Duty.MANDATORY) -> Item:
    return Item(id=ident, group=group, title=Text(zh, en), needs=needs, duty=duty, articles=articles)


SEED: tuple[Item, ...] = (
    _joint("insurance-services", ItemGroup.SOCIAL_INSURANCE, "社会保险业务办理", "Social insurance services", _ASK, "ZZ-7(1)-(13)", "CQ-7a", "CQ-7c"),
    _city("insurance-benefits", ItemGroup.SOCIAL_INSURANCE, "社会保险待遇发放", "Insurance benefits", _PAY, "CQ-8a"),
    _joint("employment-services", ItemGroup.HUMAN_RESOURCES, "就业与人事服务", "Employment and personnel services", _ASK, "CQ-7a", "CQ-7c"),
    _city("migrant-wages", ItemGroup.HUMAN_RESOURCES, "农民工工资发放", "Wages of migrant workers", _PAY, "CQ-8b", duty=Duty.PHASED),
    _city("public-pay", ItemGroup.HUMAN_RESOURCES, "财政供养人员工资发放", "Pay of public employees", _PAY, "CQ-8b", duty=Duty.PHASED),
    _joint("clinic-registration", ItemGroup.HEALTH, "就医挂号与结算", "Registration and settlement at clinics", _ASK, "CQ-7b", "CQ-7c"),
    _city("household-subsidies", ItemGroup.SUBSIDIES, "惠民惠农补贴发放", "Subsidies to persons and households", _PAY, "CQ-8a"),
    _city("work-relief", ItemGroup.SUBSIDIES, "以工代赈报酬发放", "Pay for work relief", _PAY, "CQ-8a"),
    _city("farm-insurance", ItemGroup.SUBSIDIES, "农业保险赔付", "Farm insurance payments", _PAY, "CQ-8b", duty=Duty.PHASED),
    _joint(
        "hotel-check-in", ItemGroup.IDENTITY, "政务办理、旅馆入住、考试入场身份证明", "Identity at offices, hotels and examinations", _PROVE, "CQ-6a"
    ),
    _joint("bus-and-metro", ItemGroup.TRANSPORT, "公共汽车与轨道交通", "Bus and metro", _PROVE, "CQ-7b", "CQ-7c"),
    _joint("libraries-and-sights", ItemGroup.CULTURE_AND_TOURISM, "图书馆、博物馆与景区", "Libraries, museums and sights", _PROVE, "CQ-7b", "CQ-7c"),
    _city("campus", ItemGroup.CAMPUS, "校园通行与用餐", "Campus access and meals", _PROVE, "ZZ-7(1)-(13)"),
    _city("state-scholarships", ItemGroup.CAMPUS, "国家奖助学金发放", "State scholarships", _PAY, "CQ-8a"),
    _city("tax-refunds", ItemGroup.TAXES_AND_FEES, "个人所得税退税", "Tax refunds", _PAY, "CQ-8b", duty=Duty.PHASED),
    _city("utilities", ItemGroup.TAXES_AND_FEES, "水电气等公用事业缴费", "Water, power and gas bills", _PAY, "CQ-8c", duty=Duty.ENCOURAGED),
    _city("provident-fund", ItemGroup.BANKING, "住房公积金提取", "Housing provident fund", _PAY, "CQ-8b", duty=Duty.PHASED),
    _city("employer-access", ItemGroup.WORKPLACE, "单位门禁与食堂", "Employer access and canteen", _PROVE, "ZZ-7(1)-(13)", duty=Duty.ENCOURAGED),
    _city(
        "residential-access", ItemGroup.RESIDENCE, "小区门禁与停车", "Residential access and parking", _PROVE, "ZZ-7(1)-(13)", duty=Duty.ENCOURAGED
    ),
    _city("other-services", ItemGroup.OTHER, "其他公共服务", "Other public services", _PROVE, "ZZ-7(1)-(13)", duty=Duty.ENCOURAGED),
)
"""In the order of the groups."""
