"""`ecard trust`: keys that are kept apart, and a new root signed by one keeper after another (FORMATS section 4)."""

from __future__ import annotations

import secrets
from datetime import UTC
from typing import TYPE_CHECKING, Any

from codes.errors import StateError
from ecard import keycards
from ecard.ceremony import joint_role
from ecard.drafts import Ceremony, authorities_of, root_digest
from ecard.keyring import Keyring, read_ed25519
from ecard.trustfolder import TrustFolder
from ecard.trustrepo import TrustRepository
from webapp import faults
from webapp.office.answering import DONE, FOUND, say
from webapp.office.forms import read_input
from webapp.office.issuers import add_issuer, remove_issuer
from webapp.office.settings import PROFILES, read_settings
from webapp.office.telling import instant, local

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

    from ecard.ceremony import Authorities
    from ecard.drafts import Lack

_SERVICE = ("snapshot", "timestamp")


def key(options: argparse.Namespace) -> int:
    """Make a key to be kept apart, and its card."""
    card = keycards.make(options.out, name=options.name, role=options.role, holder=options.holder, entropy=secrets.token_bytes)
    page = {"name": card.key.name, "role": card.role, "holder": card.key.holder, "public": card.key.public.public_bytes_raw().hex()}
    lines = [
        f"✓ 密钥 / key {options.out / (options.name + '.pem')}：只由保管人持有，不外传 / for its keeper alone, never to be passed on",
        f"  公钥卡 / card {options.out / (options.name + '.json')}：交给主持人 / to be given to whoever prepares the ceremony",
    ]
    say(options, page, lines)
    return DONE


def take_out(options: argparse.Namespace) -> int:
    """Move the keys that daily work does not need out of the office."""
    settings = read_settings(options.office)
    moved = keycards.take_out(settings.keys, options.out, authorities_of(settings.published))
    page = {"moved": [{"name": card.key.name, "holder": card.key.holder} for card in moved]}
    lines = [f"{card.key.name}  →  {options.out / card.key.holder}" for card in moved]
    says = "请分别交给各保管人，断网保存；原位置已删除，旧备份请一并销毁"
    say(options, page, [*lines, f"{says} / give each folder to its keeper, offline; they are gone from the office: destroy old backups too"])
    return DONE


def init(options: argparse.Namespace) -> int:
    """Propose the first root of a repository that does not exist yet."""
    repository = TrustRepository(options.published)
    if repository.standing() is not None:
        raise StateError(faults.TRUST_STANDS, folder=options.published.name)
    authorities = keycards.assemble(_cards(options.cards), dict(options.threshold))
    return _proposed(options, Ceremony.propose(repository, authorities, at=options.clock(), clock_floor=_floor(options)))


def rotate(options: argparse.Namespace) -> int:
    """Propose the next root: keys in and out, other thresholds, a reset of the terminals' clocks, or merely a new term."""
    published = _published(options)
    add = [keycards.KeyCard.read(path) for path in options.add]
    authorities = keycards.rearrange(authorities_of(published), add=add, drop=options.drop, thresholds=dict(options.threshold))
    return _proposed(options, Ceremony.propose(TrustRepository(published), authorities, at=options.clock(), clock_floor=_floor(options)))


def sign(options: argparse.Namespace) -> int:
    """Add the signatures of one keeper."""
    ceremony = Ceremony.open(options.ceremony)
    signed = ceremony.sign([read_ed25519(path) for path in options.key])
    ceremony.save(options.ceremony)
    lines = [f"✓ 已签 / signed: {role}  ({', '.join(names)})" for role, names in signed.items()]
    say(options, {"signed": signed} | _page(ceremony), [*lines, *_lines(ceremony)])
    return DONE


def gather(options: argparse.Namespace) -> int:
    """Take over the signatures that were made on copies."""
    ceremony = Ceremony.open(options.ceremony)
    count = sum(ceremony.gather(Ceremony.open(copy)) for copy in options.copies)
    ceremony.save(options.ceremony)
    say(options, {"gathered": count} | _page(ceremony), [f"✓ 新增签名 {count} 个 / {count} signatures gathered", *_lines(ceremony)])
    return DONE


def publish(options: argparse.Namespace) -> int:
    """Put a ceremony in force, once everybody has signed."""
    ceremony = Ceremony.open(options.ceremony)
    keys = Keyring.open(options.keys or read_settings(options.office).keys)
    published = _published(options)
    version = ceremony.publish(TrustRepository(published), keys.trust_signers(*_SERVICE), at=options.clock())
    lines = [
        f"✓ 根已生效 / root {version} is in force: {published}",
        "  终端下次同步或导入时沿旧根走到新根 / terminals walk to it with their next sync or import",
    ]
    say(options, {"root": version}, lines)
    return DONE


def show(options: argparse.Namespace) -> int:
    """A ceremony, or what is published: who signs what, until when. 1 while signatures are missing."""
    if options.ceremony is not None:
        ceremony = Ceremony.open(options.ceremony)
        say(options, _page(ceremony), _lines(ceremony))
        return DONE if all(lack.is_met for lack in ceremony.lacks()) else FOUND
    published = _published(options)
    repository, at = TrustRepository(published), options.clock()
    authorities, expiries = authorities_of(published), repository.expiries()
    joint = _joint(repository, authorities, published)
    page = {
        "root": (root := TrustFolder(published).current().root).version,
        "digest": root_digest(root),
        "roles": {role: {"expires": instant(expiries[role])} | told for role, told in _roles(authorities).items()},
        "joint": joint,
    }
    standing = f"根 / root {root.version}  {root_digest(root)}"
    say(options, page, [standing, *_standing_lines(authorities, expiries, joint, at)])
    return DONE


def joint(options: argparse.Namespace) -> int:
    """Publish one region's copy of a joint document: it counts once every region has published the same bytes."""
    settings = read_settings(options.office)
    keyring = Keyring.open(settings.keys)
    repository = TrustRepository(settings.published)
    documents = repository.joint_documents(options.region) | {options.name: read_input(options.file)}
    repository.publish_joint(options.region, documents, keyring.trust_signers(options.region, *_SERVICE), at=options.clock())
    live = repository.joint_document(options.name) is not None
    says = (
        "✓ 两地内容一致，已生效 / both regions say the same: it is live"
        if live
        else "已发布，等待另一地区发布相同内容 / published; waiting for the other region"
    )
    say(options, {"name": options.name, "region": options.region, "live": live}, [f"{options.name}: {says}"])
    return DONE


def enter_issuer(options: argparse.Namespace) -> int:
    """Enter an issuing key; terminals learn it with the next publication."""
    settings = read_settings(options.office)
    profiles = tuple(PROFILES[name] for name in options.profile)
    issuer = add_issuer(settings, options.region, read_input(options.file), profiles, since=options.since or options.clock(), until=options.until)
    lines = [
        f"✓ 已登记 / entered: {options.region} {issuer.kid.hex()}  {local(issuer.not_before)} – {local(issuer.not_after)}",
        "  请执行 ecard publish；离线终端最多七天后认识它，此后再用它签发 / publish now; sign with it after seven days, when every terminal can know it",
    ]
    say(options, {"region": options.region, "kid": issuer.kid.hex(), "profiles": options.profile}, lines)
    return DONE


def withdraw_issuer(options: argparse.Namespace) -> int:
    """Take an issuing key out: what it signed is refused wherever the next publication arrives."""
    remove_issuer(read_settings(options.office), options.region, options.kid)
    says = "请执行 ecard publish；它签发的凭证随后一律被拒 / publish now; what it signed is refused from then on"
    say(options, {"region": options.region, "kid": options.kid}, [f"✓ 已取消 / taken out: {options.kid}", f"  {says}"])
    return DONE


# ----------------------------------------------------------------------------------------------------------------- telling


def _proposed(options: argparse.Namespace, ceremony: Ceremony) -> int:
    ceremony.save(options.ceremony, is_new=True)
    folder = options.ceremony
    steps = [
        "接下来 / next:",
        f"  各保管人 / every keeper:  ecard trust sign {folder} --key KEY.pem",
        f"  主持人 / whoever prepares: ecard trust publish {folder}",
    ]
    say(options, _page(ceremony), [*_lines(ceremony), *steps])
    return DONE


def _page(ceremony: Ceremony) -> dict[str, Any]:
    lacks = [
        {"role": lack.role, "by": lack.by, "threshold": lack.threshold, "came": list(lack.came), "missing": list(lack.missing), "met": lack.is_met}
        for lack in ceremony.lacks()
    ]
    return {
        "root": ceremony.root.version,
        "expires": instant(ceremony.root.expires),
        "fingerprint": ceremony.fingerprint(),
        "changes": ceremony.changes(),
        "roles": lacks,
    }


def _lines(ceremony: Ceremony) -> Iterator[str]:
    before = ceremony.before
    yield f"提案 / proposal: 根 / root {before.version if before else '–'} → {ceremony.root.version}，至 / until {local(int(ceremony.root.expires.timestamp()))[:10]}"
    if ceremony.over() is not None:
        yield f"现有的根（请与 ecard trust show 的一致）/ over the root that stands, the same as ecard trust show says: {ceremony.over()}"
    yield f"核对码（请与其他签名人口头核对）/ fingerprint, to be compared aloud: {ceremony.fingerprint()}"
    for sign_, role, key_ in ceremony.changes():
        yield f"  {'＋ 增加 / adds' if sign_ == '+' else '－ 去掉 / drops'}  {role}: {key_}"
    for lack in ceremony.lacks():
        yield _lack_line(lack)


def _lack_line(lack: Lack) -> str:
    by = "（旧根同意 / as the root before says）" if lack.by == "old" else ""
    state = "✓" if lack.is_met else "…"
    missing = "" if lack.is_met else f"，还可由 / still to come: {', '.join(lack.missing)}"
    return f"  {state} {lack.role}{by}  {len(lack.came)}/{lack.threshold}  {', '.join(lack.came) or '–'}{missing}"


def _roles(authorities: Authorities) -> dict[str, dict[str, Any]]:
    quorums = authorities.top() | {role: quorum for role, (quorum, _) in authorities.delegated().items()}
    return {
        role: {"threshold": quorum.threshold, "keys": [{"name": key.name, "holder": key.holder} for key in quorum.keys]}
        for role, quorum in quorums.items()
    }


def _standing_lines(authorities: Authorities, expiries: dict[str, datetime], documents: dict[str, bool], at: datetime) -> Iterator[str]:
    for role, told in _roles(authorities).items():
        left = round((expiries[role] - at.astimezone(UTC)).total_seconds() / 86400)
        keys = ", ".join(f"{key['name']} ({key['holder']})" for key in told["keys"])
        yield f"{role:<14} {told['threshold']}/{len(told['keys'])}  至 / until {local(int(expiries[role].timestamp()))}  ({left} 天 / days)  {keys}"
    for name, live in documents.items():
        yield f"联合文件 / joint document {name}: {'已生效 / live' if live else '等待各地区一致 / waiting until all regions agree'}"


def _joint(repository: TrustRepository, authorities: Authorities, published: Path) -> dict[str, bool]:
    current = TrustFolder(published).current()
    paths = [path for region in authorities.regions for path in TrustFolder(published).delegated(current, joint_role(region)).signed.targets]
    return {name: repository.joint_document(name) is not None for name in sorted({path.rpartition("/")[2] for path in paths})}


# --------------------------------------------------------------------------------------------------------------- arguments


def _published(options: argparse.Namespace) -> Path:
    found: Path | None = options.published
    return found or read_settings(options.office).published


def _cards(folders: list[Path]) -> list[keycards.KeyCard]:
    """Every card in these files and folders."""
    paths = [path for found in folders for path in (sorted(found.glob("*.json")) if found.is_dir() else [found])]
    return [keycards.KeyCard.read(path) for path in paths]


def _floor(options: argparse.Namespace) -> int | None:
    return None if options.clock_floor is None else int(options.clock_floor.timestamp())
