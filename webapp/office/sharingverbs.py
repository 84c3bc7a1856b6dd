"""`ecard sharing`: the ledger of data that is shared, from a grant to the proof of its deletion."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from codes.errors import InputError
from ecard import faults as record
from ecard.model import Role, seconds
from ecard.sharing.granting import PURPOSES, Purpose, SharedField, Terms
from webapp.office.answering import DONE, FOUND, say
from webapp.office.arguments import add_operator, add_verb, commands_of
from webapp.office.opening import open_office
from webapp.office.options import digest_of_file, instant, line, name, reference
from webapp.office.telling import local, to_json
from webapp.office.words import both

if TYPE_CHECKING:
    import argparse

    from ecard.model import Actor
    from ecard.sharing.granting import Grant
    from verify.arguments import Arguments
    from webapp.office.deferred import Deferred
    from webapp.office.opening import OpenOffice


def sharing(parser: Deferred) -> None:
    """The arguments of `ecard sharing`."""
    verbs = commands_of(parser)
    found = add_verb(verbs, "ask", "提出共享", "ask for a grant", ask)
    found.add_argument("recipient", type=name, metavar="RECIPIENT", help="接收单位代号 / who receives")
    found.add_argument("--item", type=name, required=True, metavar="ITEM", help="事项代号 / the item")
    found.add_argument("--purpose", choices=[word.value for word in Purpose], required=True, help="用途 / what it serves")
    found.add_argument("--basis", type=line, required=True, metavar="TEXT", help="法律依据 / the law it rests on")
    says = "字段，可重复；card 必有 / a field, may be repeated; card is always needed"
    found.add_argument("--field", choices=[word.value for word in SharedField], action="append", required=True, help=says)
    found.add_argument("--agreement", type=line, required=True, metavar="TEXT", help="保密协议编号 / the signed agreement")
    found.add_argument("--agreed", type=instant, required=True, metavar="DAY", help="签署日期 / when it was signed")
    found.add_argument("--until", type=instant, required=True, metavar="DAY", help="共享到哪天 / until when")
    add_operator(found)
    found = add_verb(verbs, "approve", "批准，须另一人；密钥只显示一次", "approve, as a second person; the key is shown once", approve)
    _grant(found)
    found.add_argument("--approval", type=line, required=True, metavar="TEXT", help="批准文号 / number of the approval")
    add_operator(found)
    found = add_verb(verbs, "end", "终止共享", "tell nothing more", end)
    _grant(found)
    add_operator(found)
    found = add_verb(verbs, "deleted", "登记删除证明", "put a proof of deletion on file", deleted)
    _grant(found)
    found.add_argument("--document", type=line, required=True, metavar="TEXT", help="文号 / the document")
    says = "证明文件，只存其摘要 / the proof, of which the digest alone is kept"
    found.add_argument("--proof", type=digest_of_file, required=True, metavar="FILE", help=says)
    add_operator(found)
    found = add_verb(verbs, "list", "台账：授权、使用次数、欠交的删除证明", "the ledger: grants, uses, deletions that are owed", ledger)
    add_operator(found)
    found = add_verb(verbs, "trace", "泄露溯源：某个卡代号给过谁", "to whom a name of a card was told", trace)
    found.add_argument("name", type=reference, metavar="NAME", help="外泄数据中的卡代号 / the name of a card that turned up elsewhere")
    add_operator(found)


def ask(options: argparse.Namespace) -> int:
    """Ask for a grant."""
    at = options.clock()
    terms = Terms(
        recipient=options.recipient,
        item=options.item,
        purpose=Purpose(options.purpose),
        basis=options.basis,
        fields=frozenset(map(SharedField, options.field)),
        agreement=options.agreement,
        agreed=options.agreed,
        until=options.until,
    )
    with open_office(options.office, at=at) as office:
        made = office.desk.ask_grant(terms, actor=_acting(office, options), at=at)
        says = "  须由另一人批准 / another person has to approve it: ecard sharing approve GRANT --approval TEXT"
        say(options, to_json(made), [f"✓ 已提出 / asked: {_line(made)}", says])
    return DONE


def approve(options: argparse.Namespace) -> int:
    """Approve one and show its key."""
    at = options.clock()
    with open_office(options.office, at=at) as office:
        done = office.desk.approve_grant(options.grant, approval=options.approval, actor=_acting(office, options), at=at)
        says = "  密钥只显示这一次，请当面交给接收单位 / the key is shown this once: hand it to the recipient"
        say(options, to_json(done.grant) | {"key": done.key}, [f"✓ 已批准 / approved: {_line(done.grant)}", f"  密钥 / key  {done.key}", says])
    return DONE


def end(options: argparse.Namespace) -> int:
    """End one."""
    at = options.clock()
    with open_office(options.office, at=at) as office:
        done = office.desk.end_grant(options.grant, actor=_acting(office, options), at=at)
        say(options, to_json(done), [f"✓ 已终止 / ended: {_line(done)}", "  接收单位须交删除证明 / the recipient owes a proof of deletion"])
    return DONE


def deleted(options: argparse.Namespace) -> int:
    """Put a proof on file."""
    at = options.clock()
    with open_office(options.office, at=at) as office:
        actor = _acting(office, options)
        done = office.desk.note_deletion(options.grant, document=options.document, digest=options.proof, actor=actor, at=at)
        say(options, to_json(done), [f"✓ 已登记删除 / deletion on file: {_line(done)}"])
    return DONE


def ledger(options: argparse.Namespace) -> int:
    """Every grant. 1 when a deletion is owed."""
    at = options.clock()
    with open_office(options.office, at=at) as office:
        found = office.desk.grants(region=_region(_acting(office, options)))
        now = seconds(at)
        page: list[Any] = [to_json(grant) | {"uses": uses, "rows": rows, "owes_deletion": grant.owes_deletion(now)} for grant, (uses, rows) in found]
        lines = []
        for grant, (uses, rows) in found:
            owes = "  欠交删除证明 / owes its deletion" if grant.owes_deletion(now) else ""
            lines.append(f"{_line(grant)}  使用 {uses} 次、{rows} 条 / {uses} uses, {rows} rows{owes}")
        say(options, {"grants": page}, lines or ["没有共享 / nothing is shared"])
        return FOUND if any(grant.owes_deletion(now) for grant, _ in found) else DONE


def trace(options: argparse.Namespace) -> int:
    """Find out from whom something leaked. 1 when nobody was told it."""
    with open_office(options.office, at=options.clock()) as office:
        actor = office.settings.operator(options.actor).acting((Role.SUPERVISOR, Role.AUDITOR))
        found = office.desk.trace_shared(options.name, region=_region(actor), actor=actor)
        say(options, {"recipients": list(found)}, [f"给过 / was told to: {recipient}" for recipient in found] or ["没有给过任何单位 / to nobody"])
        return DONE if found else FOUND


def _line(grant: Grant) -> str:
    state = f"批准 / approved {grant.approval}" if grant.approval else "待批准 / waits"
    fields = ", ".join(sorted(grant.fields))
    return f"{grant.ref}  {grant.recipient}  {grant.item}  {both(PURPOSES[grant.purpose])}  {fields}  至 / until {local(grant.until)[:10]}  {state}"


def _grant(parser: Arguments) -> None:
    parser.add_argument("grant", type=reference, metavar="GRANT", help="授权引用号 / the grant")


def _acting(office: OpenOffice, options: argparse.Namespace) -> Actor:
    return office.settings.operator(options.actor).acting((Role.SUPERVISOR,))


def _region(actor: Actor) -> str:
    if actor.region is None:
        raise InputError(record.REGION_UNKNOWN)
    return actor.region
