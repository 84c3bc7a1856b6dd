"""A request that may be sent again: its answer is stored in the transaction of its effect, and given again instead of a second effect.

    office.once("3f0c9a..").report_loss(card, of=LossOf.CARD, actor=clerk, evidence=papers, at=at)

The client draws the key, at random, before it first sends the request. Asked again under the same key, a command answers what it answered; asked something
else, or by somebody else, it refuses. When the answer was lost, on the way or because the database went away while it committed, the same request under
the same key finds out, and does it now if it was not done.

The record keeps of a key only its digest, and the answer sealed under the key itself: whoever has the database and not the key learns nothing from it.

A method of an office becomes a command by `@command`. One that issues credentials needs two transactions, and says so: `@issuing_command`; its effect is
written with the first, its answer with the second, and between them it is unfinished.
"""

from __future__ import annotations

import functools
import hashlib
import hmac
import inspect
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar

import sqlalchemy as sa
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from codes.errors import CardError, InputError, SetupError, StateError
from ecard import answers, faults, schema
from ecard.contention import persist
from ecard.model import seconds
from ecard.store import Store, Work

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from ecard.model import Entropy
    from ecard.premises import Premises

SHORTEST_KEY, LONGEST_KEY = 16, 128
_NONCE_BYTES = 12
_EARLIER = sa.select(schema.request).where(schema.request.c.key == sa.bindparam("of"))
_BEGIN = sa.insert(schema.request)
_FINISH = (
    sa.update(schema.request).where(schema.request.c.key == sa.bindparam("of")).values(answered=sa.bindparam("now"), answer=sa.bindparam("sealed"))
)

P = ParamSpec("P")
T = TypeVar("T")
Office = TypeVar("Office", bound="Premises")


class Request:
    """One request under one key."""

    def __init__(self, key: str, command: str, asked: object, *, now: int, entropy: Entropy) -> None:
        if not (SHORTEST_KEY <= len(key) <= LONGEST_KEY and key.isascii() and key.isprintable()):
            raise InputError(faults.REQUEST_KEY, length=len(key), shortest=SHORTEST_KEY, longest=LONGEST_KEY)
        self._key = hashlib.sha256(b"ecard request key\n" + key.encode()).digest()
        self._seal = AESGCM(hmac.digest(key.encode(), b"ecard request answer", "sha256"))
        self._command = command
        self._digest = hashlib.sha256(answers.encode([command, asked])).digest()
        self._now = now
        self._entropy = entropy

    def earlier(self, work: Work) -> Answer | None:
        """The answer that this request has had. Raises `StateError`: request-key-reused, request-unfinished; `SetupError` answer-unreadable."""
        row = work.connection.execute(_EARLIER, {"of": self._key}).one_or_none()
        if row is None:
            return None
        if row.command != self._command or not hmac.compare_digest(row.digest, self._digest):
            raise StateError(faults.REQUEST_KEY_REUSED, command=self._command, first=row.command)
        if row.answer is None:
            raise StateError(faults.REQUEST_UNFINISHED, command=self._command, begun=row.begun)
        try:
            return Answer(answers.decode(self._seal.decrypt(row.answer[:_NONCE_BYTES], row.answer[_NONCE_BYTES:], self._digest)))
        except (InvalidTag, ValueError):
            raise SetupError(faults.ANSWER_UNREADABLE, command=self._command) from None

    @property
    def key(self) -> bytes:
        """What the record knows it by."""
        return self._key

    def begin(self, work: Work) -> None:
        """Write that the request is under way."""
        work.connection.execute(_BEGIN, self.row())

    def row(self) -> dict[str, bytes | str | int]:
        """The row that says it."""
        return {"key": self._key, "command": self._command, "digest": self._digest, "begun": self._now}

    def finish(self, work: Work, result: object) -> None:
        """Write the answer."""
        work.connection.execute(_FINISH, {"of": self._key, "now": self._now, "sealed": self.sealed(result)})

    def sealed(self, result: object) -> bytes:
        """The answer as it is kept."""
        nonce = self._entropy(_NONCE_BYTES)
        return nonce + self._seal.encrypt(nonce, answers.encode(result), self._digest)

    def drop(self, work: Work) -> None:
        """Take back that it was begun: what is refused is asked anew when it is asked again."""
        work.connection.execute(sa.delete(schema.request).where(schema.request.c.key == self._key))


class Answer(Exception):  # noqa: N818 - because it is no error: it carries an earlier answer past a command that must not run again
    """The answer that was given before."""

    def __init__(self, result: Any) -> None:
        super().__init__()
        self.result = result


class _Joined(Store):
    """A store whose transactions are all one, which somebody else opened and will end."""

    has_strokes = False

    def __init__(self, work: Work) -> None:
        self._work = work
        self.kept = False
        """Whether the command's own transaction would have been committed by now."""

    @contextmanager
    def _transaction(self, *, reading: bool, alone: bool = False) -> Iterator[Work]:  # noqa: ARG002 - because it is the store's own signature
        self.kept = reading and self.kept
        yield self._work
        self.kept = True

    def answered(self, work: Work, result: object) -> None:  # noqa: ARG002 - because it is the store's own signature
        """No command that issues may run in here: what it signs must be on record before, in a transaction of its own."""
        raise RuntimeError(type(result).__name__)


def joined(office: Office, work: Work) -> Office:
    """The same office inside a transaction that is under way: what its commands do is done with that, or not at all."""
    return replace(office, store=_Joined(work), request_key=None)


class _Issuing(Store):
    """A store that notes the request in the first transaction, and its answer in the one that hands over."""

    has_strokes = False

    def __init__(self, store: Store, request: Request, *, begun: bool = False) -> None:
        self._store = store
        self._request = request
        self._begun = begun
        self.finished = False

    @contextmanager
    def _transaction(self, *, reading: bool, alone: bool = False) -> Iterator[Work]:
        with self._store._transaction(reading=reading, alone=alone) as work:  # noqa: SLF001 - because it is a store around a store
            first = not reading and not self._begun
            if first:
                earlier = self._request.earlier(work)
                if earlier is not None:
                    raise earlier
                self._request.begin(work)
            yield work
        self._begun = self._begun or first

    def answered(self, work: Work, result: object) -> None:
        """See `Store.answered`."""
        self._request.finish(work, result)
        self.finished = True


def command(method: Callable[Concatenate[Office, P], T]) -> Callable[Concatenate[Office, P], T]:
    """Make a method of an office a command of one transaction: run again when contended, and once only under `office.once(key)`."""
    signature = inspect.signature(method)

    @functools.wraps(method)
    def run(office: Office, /, *args: P.args, **kwargs: P.kwargs) -> T:
        request = _request(office, method.__name__, signature.bind(office, *args, **kwargs))
        if request is None:
            return persist(lambda: method(office, *args, **kwargs), entropy=office.entropy)
        return persist(lambda: _in_one(office, request, lambda within: method(within, *args, **kwargs)), entropy=office.entropy)

    return run


def issuing_command(method: Callable[Concatenate[Office, P], T]) -> Callable[Concatenate[Office, P], T]:
    """Make a method that issues credentials through `issuing.complete` a command: run again when contended, and once only under `office.once(key)`."""
    signature = inspect.signature(method)

    @functools.wraps(method)
    def run(office: Office, /, *args: P.args, **kwargs: P.kwargs) -> T:
        request = _request(office, method.__name__, signature.bind(office, *args, **kwargs))
        if request is None:
            return persist(lambda: method(office, *args, **kwargs), entropy=office.entropy)
        return persist(lambda: _in_two(office, request, lambda within: method(within, *args, **kwargs)), entropy=office.entropy)

    return run


def _request(office: Premises, name: str, asked: inspect.BoundArguments) -> Request | None:
    """What is asked, without when: a request sent again is sent later."""
    key = office.request_key
    if key is None:
        return None
    asked.apply_defaults()
    _, *arguments = asked.arguments.items()
    at: datetime = asked.arguments["at"]
    said = {name: value for name, value in arguments if name != "at"} | ({"cited": office.cited} if office.cited else {})
    return Request(key, name, said, now=seconds(at), entropy=office.entropy)


def noted(office: Office, method: Callable[Concatenate[Office, P], T], *args: P.args, **kwargs: P.kwargs) -> Request:
    """The request that `office.once(key)` would make of this call of one of its commands, for whoever notes it by himself."""
    request = _request(office, method.__name__, _signature(method).bind(office, *args, **kwargs))
    if request is None:
        raise TypeError(method.__name__)
    return request


@functools.cache
def _signature(method: Callable[..., object]) -> inspect.Signature:
    return inspect.signature(method)


def answering(office: Office, request: Request) -> Office:
    """The same office, where a request is under way that has been noted: what is handed over there is its answer."""
    return replace(office, store=_Issuing(office.store, request, begun=True), request_key=None)


def _in_one(office: Office, request: Request, body: Callable[[Office], T]) -> T:
    refusal: CardError | None = None
    with office.store.writing() as work:
        earlier = request.earlier(work)
        if earlier is not None:
            return earlier.result  # type: ignore[no-any-return] # because an answer has the type that the command once returned
        request.begin(work)
        joined = _Joined(work)
        try:
            result = body(replace(office, store=joined, request_key=None))
            request.finish(work, result)
        except CardError as error:
            if not joined.kept:
                raise
            refusal = error  # raised past the command's own transaction: what it wrote stays, as it would have without a key
            request.drop(work)
    if refusal is not None:
        raise refusal
    return result


def _in_two(office: Office, request: Request, body: Callable[[Office], T]) -> T:
    store = _Issuing(office.store, request)
    try:
        result = body(replace(office, store=store, request_key=None))
    except Answer as earlier:
        return earlier.result  # type: ignore[no-any-return] # because an answer has the type that the command once returned
    if not store.finished:
        with office.store.writing() as work:
            request.finish(work, result)
    return result


def forget(work: Work, *, before: int, limit: int) -> int:
    """Delete requests begun before a time, at most `limit`; how many. Their keys are new again."""
    old = sa.select(schema.request.c.key).where(schema.request.c.begun < before).limit(limit)
    return work.connection.execute(sa.delete(schema.request).where(schema.request.c.key.in_(old))).rowcount
