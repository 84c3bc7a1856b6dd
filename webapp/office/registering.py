"""`ecard office`: the office made, shown, and told who and what belongs to it."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from codes.errors import InputError
from ecard import faults as record
from ecard.model import PointRef, Role
from webapp.office import founding
from webapp.office.answering import DONE, say
from webapp.office.opening import open_office
from webapp.office.settings import Operator, read_settings
from webapp.office.telling import instant, to_json
from webapp.office.words import ROLES

if TYPE_CHECKING:
    from pathlib import Path

    from webapp.office.settings import OfficeSettings


def database(text: str) -> str:
    """Where a record lies. A password would stand in the list of processes, so it is refused here."""
    if "://" in text:
        try:
            parts = urlsplit(text)
            good = parts.scheme in {"postgresql", "postgres"} and parts.password is None
        except ValueError:
            good = False
        if not good:
            says = "只接受 postgresql:// 地址，且命令行上不写密码；密码请写入 ~/.pgpass 或 office.toml"
            raise argparse.ArgumentTypeError(f"{says} / only postgresql:// without a password, which belongs into ~/.pgpass or office.toml")
    return text


def init(options: argparse.Namespace) -> int:
    """Make the office and say what to do next."""
    folder: Path = options.folder
    regions = sorted(set(options.region))
    done = founding.found(folder, regions, database=options.database, at=options.clock())
    keys = sorted(path.name for path in (folder / "keys").iterdir())
    at = f"--office {folder}"
    lines = [
        f"✓ 机构已建立 / the office stands: {folder}",
        f"  密钥 {len(keys)} 把，已发布名单 {len(done.edition.signed)} 份 / {len(keys)} keys, {len(done.edition.signed)} lists published",
        "接下来 / next:",
        f"  ecard trust take-out --out DIR {at}   # 日常不用的密钥移到离线介质 / keys that daily work does not need go to a safe",
        f"  ecard office operator sup-1 --person staff-1 --role supervisor {at}",
        f"  ecard office operator clerk-1 --person staff-2 --role clerk --point hall-1 {at}",
        f"  ecard office point hall-1 --name 办事大厅 --kind centre --as sup-1 {at}",
        f"  ecard card apply --as clerk-1 --form FILE {at}",
    ]
    say(options, {"folder": str(folder), "regions": regions, "keys": len(keys), "lists": len(done.edition.signed)}, lines)
    return DONE


def show(options: argparse.Namespace) -> int:
    """What the office is made of, and who works in it."""
    settings = read_settings(options.office)
    with open_office(options.office, at=options.clock()) as office:
        policy = to_json(office.desk.policy)
    people = {
        operator.ref: {
            "person": operator.person,
            "roles": [role.value for role in operator.roles],
            "region": operator.region,
            "point": operator.point,
            "joint_desk": operator.joint_desk,
        }
        for operator in settings.operators.values()
    }
    kind = "sqlite" if not isinstance(settings.database, str) else "postgresql"
    page = {"database": kind, "regions": {name: instant(region.founded) for name, region in settings.regions.items()}, "operators": people}
    lines = [f"数据库 / database: {kind}", f"地区 / regions: {', '.join(settings.regions)}", "经办人 / operators:"]
    lines += [_person(operator) for operator in settings.operators.values()] or ["  无；请用 ecard office operator 登记 / none yet"]
    say(options, page | {"policy": policy}, lines)
    return DONE


def _person(operator: Operator) -> str:
    roles = "、".join(ROLES[role].zh for role in operator.roles)
    where = f"  {operator.point}" if operator.point else ""
    return f"  {operator.ref}  {operator.person}  {roles} / {', '.join(operator.roles)}  {operator.region}{where}"


def operator(options: argparse.Namespace) -> int:
    """Put somebody on the list."""
    settings = read_settings(options.office)
    new = Operator(
        ref=options.ref,
        person=options.person,
        roles=tuple(Role(role) for role in dict.fromkeys(options.role)),
        region=_region(settings, options.region),
        point=None if options.point is None else PointRef(options.point),
        joint_desk=options.joint_desk,
    )
    founding.add_operator(settings, new)
    say(options, {"operator": new.ref}, [f"✓ 已登记经办人 / on the list: {new.ref}"])
    return DONE


def _region(settings: OfficeSettings, region: str | None) -> str:
    if region is None and len(settings.regions) == 1:
        return next(iter(settings.regions))
    if region is None or region not in settings.regions:
        raise InputError(record.REGION_UNKNOWN, region=region, known=", ".join(settings.regions))
    return region


def point(options: argparse.Namespace) -> int:
    """Designate a service point."""
    at = options.clock()
    with open_office(options.office, at=at) as office:
        actor = office.settings.operator(options.actor).acting((Role.SUPERVISOR,))
        found = office.desk.register_point(PointRef(options.ref), name=options.name, kind=options.kind, actor=actor, at=at)
        say(options, to_json(found), [f"✓ 已登记服务网点 / designated: {found.ref} {found.name} ({found.region})"])
        return DONE


def reader(options: argparse.Namespace) -> int:
    """Register a reader."""
    at = options.clock()
    with open_office(options.office, at=at) as office:
        actor = office.settings.operator(options.actor).acting((Role.SUPERVISOR,))
        office.desk.register_reader(options.ref, actor=actor, at=at)
        say(options, {"reader": options.ref, "region": actor.region}, [f"✓ 已登记读卡器 / registered: {options.ref} ({actor.region})"])
        return DONE
