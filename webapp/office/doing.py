"""One command of the table from a shell: read, checked against the table, shown, confirmed, done, acknowledged."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from codes.errors import InputError, SetupError, StateError
from codes.receipts import mask_card_number
from ecard import CardRef, lifecycle
from ecard import faults as record
from ecard.folder import SECRET, write_whole
from ecard.lifecycle import Evidence
from ecard.model import Role, seconds
from webapp import faults
from webapp.office import holder
from webapp.office.answering import DONE, FOUND, say
from webapp.office.asking import confirm, sheet
from webapp.office.carrying import prepare
from webapp.office.forms import fill
from webapp.office.opening import open_office
from webapp.office.telling import card_lines, dossier_in, dossier_json, receipt_json, remainder_lines, to_json
from webapp.office.words import both

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Collection
    from datetime import datetime
    from pathlib import Path

    from codes.claims import Profile
    from ecard import CardOffice, Dossier
    from ecard.lifecycle import Rule
    from ecard.model import Actor
    from webapp.office.acts import Act
    from webapp.office.opening import OpenOffice


def do(act: Act, options: argparse.Namespace) -> int:
    """Give the command. 0: done, or it was done before; 1: refused, or the operator said no."""
    at: datetime = options.clock()
    with open_office(options.office, at=at) as office:
        desk, rule = office.desk, lifecycle.RULES[act.command]
        card = CardRef(options.card) if act.on_card else None
        actor = actor_for(office, None if card is None else desk.card(card), rule, options)
        given = {option.name: option.value(options) for option in act.options}
        operator = None if actor.role is Role.HOLDER else office.settings.operator(options.actor)
        if act.form is not None:
            given |= fill(act.form, options.form, office.settings.operator(options.actor))
        more = {"evidence": frozenset(options.evidence), "expected": options.expected, "at": at}
        prepared = prepare(office.settings, desk, act, given, card=card, actor=actor, operator=operator, **more)
        ready = Ready(
            office=office, rule=rule, before=prepared.before, actor=actor, region=prepared.region, needed=prepared.needed, options=options, at=at
        )
        if not ready.confirmed(act.command):
            return FOUND

        def call(within: CardOffice) -> Any:
            proof = None
            if actor.role is Role.HOLDER:
                holder.check_session(ready.card, options.phone_folder)
                if prepared.takes("proof"):
                    proof = holder.prove(desk, ready.card, options.phone_folder, act.command, act.target(prepared.given), at=at)
            return prepared.carry_out(within, proof=proof)

        return ready.finish(call)


@dataclass(frozen=True, slots=True, kw_only=True)
class Issued:
    """Credentials that a phone was given: the card itself is as it was."""

    profile: tuple[Profile, ...]
    until: int


class Ready:
    """A command with everything that it needs, before it is done and while it is told."""

    def __init__(
        self,
        *,
        office: OpenOffice,
        rule: Rule,
        before: Dossier | None,
        actor: Actor,
        region: str,
        needed: Collection[Evidence],
        options: argparse.Namespace,
        at: datetime,
    ) -> None:
        self.office, self.rule, self.before, self.actor = office, rule, before, actor
        self.region, self.needed, self.options, self.at = region, needed, options, at

    @property
    def card(self) -> Dossier:
        """The card, where there is one."""
        if self.before is None:
            raise TypeError(self.rule.title.en)
        return self.before

    def confirmed(self, command: lifecycle.Command) -> bool:
        """Whether the table allows it and somebody says yes. Raises what `lifecycle.permit` and `asking.confirm` raise."""
        evidence = frozenset(self.options.evidence)
        card = None if self.before is None else f"{mask_card_number(self.before.card.number)}  {self.before.card.ref}"
        lifecycle.permit(command, self.before, region=self.region, actor=self.actor, evidence=frozenset(Evidence), now=seconds(self.at))
        if missing := set(self.needed) - evidence:
            if not self.options.json:
                sys.stderr.write(sheet(self.rule, actor=self.actor, card=card, needed=self.needed, given=evidence) + "\n")
            raise StateError(record.EVIDENCE_MISSING, command=command, missing=", ".join(sorted(missing)), article=self.rule.articles[0])
        if confirm(self.rule, actor=self.actor, card=card, needed=self.needed, given=evidence, yes=self.options.yes):
            return True
        say(self.options, {"done": False}, ["未办理，没有任何内容被改动 / not done; nothing was changed"])
        return False

    def finish(self, call: Callable[[CardOffice], Any]) -> int:
        """Do it, once under `--key`, and tell what it left."""
        desk, options = self.office.desk.citing(dict(self.options.filed)), self.options
        result = call(desk if options.key is None else desk.once(options.key))
        now = seconds(self.at)
        told = self.before or dossier_in(result)
        if told is None:
            raise TypeError(self.rule.title.en)
        after = desk.card(told.card.ref)  # an answer given again under its key tells of then; the card is shown as it is now
        changed = self.before is None or after.card.revision != self.before.card.revision or isinstance(result, Issued)
        receipts = desk.receipts(after.card.ref)
        receipt = receipts[-1] if receipts and changed and not isinstance(result, Issued) else None
        if options.receipt is not None and receipt is not None:
            save(options.receipt, receipt.raw)
        page = {"done": True, "changed": changed, "card": dossier_json(after, now), "result": to_json(result)}
        page["receipt"] = None if receipt is None else receipt_json(receipt)
        head = f"✓ {both(self.rule.title)}" if changed else f"= {both(self.rule.title)}：此前已办理，没有改动 / done before; nothing changed"
        tail = [] if receipt is None else [f"  回执 / receipt {receipt.says.number}"]
        say(options, page, [head, *(f"  {line}" for line in card_lines(after, now)), *remainder_lines(result), *tail])
        return DONE


def actor_for(office: OpenOffice, dossier: Dossier | None, rule: Rule, options: argparse.Namespace) -> Actor:
    """Who gives the command. Raises `InputError`: office-operator, office-holder (a holder without a phone, or without a card)."""
    if options.actor != holder.HOLDER:
        return office.settings.operator(options.actor).acting(rule.who)
    if dossier is None or options.phone_folder is None:
        raise InputError(faults.OFFICE_HOLDER)
    return holder.actor_of(dossier)


def save(path: Path, content: bytes) -> None:
    """Put a file where somebody wants it, for its owner only. Raises `SetupError` folder-unwritable."""
    if path.is_dir():
        raise SetupError(record.FOLDER_UNWRITABLE, file=path.name, problem="a folder")
    write_whole(path, content, mode=SECRET)
