from __future__ import annotations

import inspect
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from codes.claims import Profile
from codes.errors import CardError, SetupError
from ecard import faults, outbox, schema
from ecard.enrolment import NoncePurpose
from ecard.lifecycle import RULES, Command
from ecard.model import CredentialState, seconds
from ecard.office import CardOffice
from ecard.phones import renewal_binding
from ecard.stopping import LossOf, Stopped
from ecard.tick import Forgetting, tick
from tests.ecard.city import AT, CLERK, CQ, SECOND_CLERK, City, SoftPhone, refused

if TYPE_CHECKING:
    from collections.abc import Callable

    from codes.credential import Credential
    from ecard.model import CardRef

KEY = "7b1e4f0a-0c55-4c7e-9a55-3a1f0d2f6c11"
PAPERS = RULES[Command.REPORT_LOSS].evidence
READS = {"card", "card_by_number", "citing", "credentials", "events", "issuer", "once", "receipt", "receipts", "truth", "writing"}
READS |= {"freeze_requests", "locked_items", "cases", "preview_batch", "order_file", "stock_movements", "overdue_stock", "stock_imbalances"}
READS |= {"card_by_older", "older_cards", "account_for_item", "check_place", "charges", "entitlements_of", "due", "corrections"}
READS |= {"item_lists", "item_proposals", "terminals", "findings", "loss_clock"}
READS |= {"block_list", "chip", "chip_incidents", "chip_order", "chip_proofs", "chip_script", "chips"}
READS |= {"my_card", "my_cards", "my_dossiers", "my_phone", "my_timeline", "enrolment", "activations_waiting", "phone_answered", "challenge"}
READS |= {"check_address", "terminal_of_key", "region_of_key", "ask_ticket", "tickets", "late_tickets", "ticket_counts", "detect"}
READS |= {"grants", "trace_shared", "served_items", "venue_reports", "staff_papers", "lacking_papers", "may_work"}
"""Methods of an office that change nothing, but for the note that somebody looked. Besides these, eight need no key: three go on by themselves where they
stopped, row by row; three take what numbers itself, so that the same twice is the same once; a proof serves once by itself, and a wrong try counts each time."""


def report(office: CardOffice, ref: CardRef, *, actor: object = CLERK, of: LossOf = LossOf.CARD, at: object = AT) -> Stopped:
    return office.report_loss(ref, of=of, actor=actor, evidence=PAPERS, at=at)  # type: ignore[arg-type] # because tests pass their own people


@pytest.mark.threat("I07")
def test_a_request_sent_again_has_one_effect_and_the_same_answer(city: City) -> None:
    card, _ = city.card()
    first = report(city.office.once(KEY), card.card.ref)
    events = city.office.events(card.card.ref)
    assert report(city.office.once(KEY), card.card.ref, at=city.later(minutes=5)) == first
    assert city.office.events(card.card.ref) == events
    assert first.effective == seconds(AT)


@pytest.mark.threat("I07")
def test_without_a_key_a_second_application_is_refused_and_with_it_the_first_comes_back(city: City) -> None:
    evidence = RULES[Command.APPLY].evidence
    applied = city.office.once(KEY).apply(city.form(1), actor=CLERK, evidence=evidence, at=city.at)
    assert city.office.once(KEY).apply(city.form(1), actor=CLERK, evidence=evidence, at=city.at) == applied
    with refused(faults.PERSON_HAS_CARD):
        city.office.apply(city.form(1), actor=CLERK, evidence=evidence, at=city.at)


@pytest.mark.error("request-key-reused")
def test_a_key_serves_one_request_of_one_person(city: City) -> None:
    card, _ = city.card()
    other, _ = city.card(2)
    office = city.office.once(KEY)
    report(office, card.card.ref)
    attempts: list[Callable[[], object]] = [
        lambda: report(office, other.card.ref),
        lambda: report(office, card.card.ref, of=LossOf.CHIP),
        lambda: report(office, card.card.ref, actor=SECOND_CLERK),
        lambda: office.withdraw_loss(card.card.ref, of=LossOf.CARD, actor=CLERK, evidence=PAPERS, at=city.at),
    ]
    for attempt in attempts:
        with refused(faults.REQUEST_KEY_REUSED, first="report_loss"):
            attempt()
    assert city.office.card(other.card.ref) == other


@pytest.mark.error("request-key")
@pytest.mark.parametrize("key", ["", "short", "x" * 129, "with\nnewline-and-more", "全角的请求编号也不可以使用哦哦哦"])
def test_what_is_no_key_is_refused_before_anything_happens(city: City, key: str) -> None:
    with refused(faults.REQUEST_KEY):
        city.office.once(key).apply(city.form(1), actor=CLERK, evidence=RULES[Command.APPLY].evidence, at=city.at)
    with city.office.store.reading() as work:
        assert work.connection.execute(sa.select(sa.func.count()).select_from(schema.request)).scalar() == 0


def test_a_refusal_is_not_remembered_and_what_the_command_kept_stays_kept(city: City) -> None:
    city.apply(1)
    with city.office.store.reading() as work:
        before = work.connection.execute(sa.select(sa.func.count()).select_from(schema.vault_access)).scalar_one()
    for _ in range(2):
        with refused(faults.PERSON_HAS_CARD):
            city.office.once(KEY).apply(city.form(1), actor=CLERK, evidence=RULES[Command.APPLY].evidence, at=city.at)
    with refused(faults.EVIDENCE_MISSING):
        city.office.once(KEY).apply(city.form(2), actor=CLERK, evidence=(), at=city.at)
    with city.office.store.reading() as work:
        assert work.connection.execute(sa.select(sa.func.count()).select_from(schema.vault_access)).scalar_one() == before + 2
        assert work.connection.execute(sa.select(sa.func.count()).select_from(schema.request)).scalar_one() == 0


class Renewal:
    """A renewal that can be sent as often as one likes."""

    def __init__(self, city: City) -> None:
        card, chip = city.card()
        self.city, self.device, self.card = city, SoftPhone("p"), card
        self.phone = city.bind(card, self.device, chip).phone
        self.nonce = city.office.nonce(card.card.ref, NoncePurpose.RENEW, at=city.at).value
        self.requests = self.device.requests(self.nonce, Profile.GENERAL, Profile.IDENTITY)
        self.proof = self.device.proof(renewal_binding(self.nonce, self.phone.ref, self.requests))

    def send(self, key: str | None = KEY) -> tuple[Credential, ...]:
        office = self.city.office if key is None else self.city.office.once(key)
        return office.renew_credentials(self.phone.ref, nonce=self.nonce, proof=self.proof, requests=self.requests, at=self.city.at)


@pytest.mark.threat("I07")
def test_credentials_whose_answer_was_lost_are_answered_again_and_not_issued_twice(city: City) -> None:
    renewal = Renewal(city)
    first = renewal.send()
    written = city.office.credentials(renewal.card.card.ref)
    city.later(minutes=30)  # the nonce has expired long since
    assert renewal.send() == first
    assert city.office.credentials(renewal.card.card.ref) == written
    with refused(faults.NONCE_UNUSABLE):
        renewal.send(None)


@pytest.mark.error("request-unfinished")
def test_a_request_that_stopped_between_writing_and_signing_hands_nothing_over(city: City) -> None:
    class Broken:
        def __init__(self, signer: object) -> None:
            self.public_key = signer.public_key  # type: ignore[attr-defined] # because it stands in for any signer

        def sign(self, message: bytes) -> bytes:
            raise SetupError(faults.KEY_MISSING, key=str(len(message)))

    renewal = Renewal(city)
    whole = city.office.issuers[CQ]
    city.with_issuer(replace(whole, phone=replace(whole.phone, signer=Broken(whole.phone.signer))))
    with refused(faults.KEY_MISSING):
        renewal.send()
    city.with_issuer(whole)
    with refused(faults.REQUEST_UNFINISHED):
        renewal.send()
    states = [row.state for row in city.office.credentials(renewal.card.card.ref)]
    assert states.count(CredentialState.INTENT) == 2
    renewal.nonce = city.office.nonce(renewal.card.card.ref, NoncePurpose.RENEW, at=city.at).value
    renewal.requests = renewal.device.requests(renewal.nonce, Profile.GENERAL, Profile.IDENTITY)
    renewal.proof = renewal.device.proof(renewal_binding(renewal.nonce, renewal.phone.ref, renewal.requests))
    assert len(renewal.send("another key of the phone")) == 2


@pytest.mark.threat("I07")
def test_many_threads_with_one_key_make_one_card(city: City) -> None:
    def attempt(_: int) -> object:
        return city.office.once(KEY).apply(city.form(1), actor=CLERK, evidence=RULES[Command.APPLY].evidence, at=city.at)

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(attempt, range(16)))
    assert all(answer == answers[0] for answer in answers)
    with city.office.store.reading() as work:
        assert work.connection.execute(sa.select(sa.func.count()).select_from(schema.card)).scalar_one() == 1


SENDER = """
import sys
from pathlib import Path
from tests.ecard.city import *
from ecard.lifecycle import RULES, Command
where = sys.argv[1]
city = open_city(where if "://" in where else Path(where), seed=sys.argv[2])
for order in range(6):
    key = f"the same key everywhere {order}"
    print(city.office.once(key).apply(city.form(order + 1), actor=CLERK, evidence=RULES[Command.APPLY].evidence, at=city.at).card.number)
city.office.store.close()
"""


@pytest.mark.threat("I07")
def test_two_processes_that_send_the_same_requests_get_the_same_answers(city: City) -> None:
    command = [sys.executable, "-c", SENDER, str(city.where)]
    started = [subprocess.Popen([*command, seed], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for seed in "ab"]
    said = [process.communicate(timeout=120) for process in started]
    assert [process.returncode for process in started] == [0, 0], said
    assert said[0][0] == said[1][0]
    assert len(set(said[0][0].split())) == 6


@pytest.mark.error("outcome-unknown")
@pytest.mark.parametrize("durable", [True, False])
def test_a_database_lost_while_it_commits_leaves_an_outcome_that_the_key_finds_out(city: City, durable: bool) -> None:
    """The same error reaches the client whether the commit got through or not; the same request again is right in both cases."""
    card, _ = city.card()
    engine = city.office.store._engine
    lost: list[bool] = []

    def lose(connection: sa.Connection) -> None:
        if not lost:
            lost.append(True)
            if durable:
                connection.connection.driver_connection.commit()  # type: ignore[union-attr] # because the pool always has one here
            else:
                connection.connection.driver_connection.rollback()  # type: ignore[union-attr] # because the pool always has one here
            raise sa.exc.OperationalError("COMMIT", {}, OSError("the line went dead"))

    sa.event.listen(engine, "commit", lose)
    with refused(faults.OUTCOME_UNKNOWN):
        report(city.office.once(KEY), card.card.ref)
    assert len(city.office.events(card.card.ref)) == (4 if durable else 3)
    answer = report(city.office.once(KEY), card.card.ref)
    assert len(city.office.events(card.card.ref)) == 4
    assert answer.dossier == city.office.card(card.card.ref)


def test_the_record_keeps_neither_key_nor_readable_answer(city: City) -> None:
    renewal = Renewal(city)
    credentials = renewal.send()
    with city.office.store.reading() as work:
        row = work.connection.execute(sa.select(schema.request)).one()
    assert KEY.encode() not in row.key + row.answer
    assert credentials[1].says.name is not None
    assert credentials[1].says.name.encode() not in row.answer
    assert credentials[1].says.sub.encode() not in row.answer


@pytest.mark.error("answer-unreadable")
def test_an_answer_that_does_not_open_is_not_made_up(city: City) -> None:
    card, _ = city.card()
    report(city.office.once(KEY), card.card.ref)
    with city.office.store.writing() as work:
        row = work.connection.execute(sa.select(schema.request)).one()
        work.connection.execute(sa.delete(schema.request))
        damaged = {**row._mapping, "answer": row.answer[:-1] + bytes([row.answer[-1] ^ 1])}
        work.connection.execute(sa.insert(schema.request).values(damaged))
    with refused(faults.ANSWER_UNREADABLE):
        report(city.office.once(KEY), card.card.ref)


def test_a_stored_answer_is_never_changed(city: City) -> None:
    card, _ = city.card()
    report(city.office.once(KEY), card.card.ref)
    with pytest.raises(CardError), city.office.store.writing() as work:
        work.connection.execute(sa.update(schema.request).values(answer=b"another"))


def test_an_old_request_is_forgotten(city: City) -> None:
    card, _ = city.card()
    report(city.office.once(KEY), card.card.ref)
    city.later(seconds=outbox.REMEMBERED + 1)
    assert tick(city.office, [Forgetting()], at=city.at).done == {"forgetting": 1}


def test_every_command_of_the_office_can_be_sent_again() -> None:
    members = {name: getattr(CardOffice, name) for name in dir(CardOffice) if not name.startswith("_")}
    methods = {name: member for name, member in members.items() if inspect.isfunction(member)}
    assert {name for name, method in methods.items() if not hasattr(method, "__wrapped__")} - READS <= {
        "due_losses",
        "take_in_batch",
        "approve_batch",
        "take_ack",
        "take_chip_receipts",
        "take_journal",
        "spend_proof",
        "renew_mine",
        "note_address",
    }
