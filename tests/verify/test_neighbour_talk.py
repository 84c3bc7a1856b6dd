"""Neighbours that lie, fall silent, fill up or speak another language: nothing of it reaches a gate."""

from __future__ import annotations

import socket
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from codes import cbor
from codes.chain import ListSpace
from codes.errors import InputError
from codes.passage import GivenPassage, HeardMessage, Hearing, PassageMessage
from codes.trust import encode_status_authority
from tests.verify.agents import Post, free_port, station
from tests.verify.chain_world import EPOCH, authority
from tests.verify.city import NOW, p256
from tests.verify.test_neighbours import Station
from verify import hearing, telling
from verify.carrying import Carrier, Held, decode_held, done, encode_held
from verify.frames import BODY, DONE, HEARD, MANIFEST, OBJECT, OFFER, PASSAGE, REFUSED, WANTS, Frame, read_frame, send_frame
from verify.group import Address, Member
from verify.hearing import Listening, wanted_bytes
from verify.telling import Link, Pending

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

OTHER = p256("the other")
SAYS = GivenPassage("T-0001", NOW, "CN-CQ", "abcdEF-_", NOW, NOW + 70)
MESSAGE = PassageMessage.issue(SAYS, p256("T-0001"))
HELD = Held("CN-CQ", ListSpace.PHONE, EPOCH, 5, NOW)


@pytest.fixture
def post(tmp_path: Path) -> Post:
    return Post(tmp_path / "gate", station(tmp_path / "published", **{"status.cbor": encode_status_authority(authority(epoch=EPOCH))}))


class Fixed(Carrier):
    """A carrier that has what a test gives it."""

    def __init__(self, *frames: Frame, during: Callable[[], None] = lambda: None) -> None:
        self.frames, self.during = frames, during

    def held(self) -> list[Held]:
        return []

    def way(self, wanted: Held) -> Iterator[Frame]:
        assert wanted == HELD
        for frame in self.frames:
            self.during()
            yield frame


@contextmanager
def peer(answer: Callable[[Frame], Frame | None]) -> Iterator[tuple[Member, list[bytes]]]:
    """A neighbour that answers as a test wants; None hangs up. Also the kinds that it was asked."""
    asked: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while True:
                try:
                    stream, _ = server.accept()
                except OSError:
                    return
                with stream:
                    try:
                        while (frame := read_frame(stream, body=100)) is not None:
                            asked.append(frame[0])
                            said = answer(frame)
                            if said is None:
                                break
                            send_frame(stream, said)
                    except OSError:
                        continue

        thread = threading.Thread(target=serve)
        thread.start()
        yield Member(terminal="T-0002", address=Address("127.0.0.1", server.getsockname()[1]), key=OTHER.public_key.load()), asked
        server.shutdown(socket.SHUT_RDWR)
    thread.join()


def heard(*, by: Any = OTHER, terminal: str = "T-0002", digest: bytes = MESSAGE.digest, knew: bool = False) -> Frame:
    return HEARD, HeardMessage.issue(Hearing(terminal, NOW, digest, knew), by).raw


@pytest.mark.parametrize(
    ("answer", "knew"),
    [
        (heard(knew=True), True),
        (heard(), False),
        ((REFUSED, b"neighbour-time"), False),
        ((DONE, b""), False),
        (heard(by=p256("a stranger"), knew=True), False),
        (heard(terminal="T-0003", knew=True), False),
        (heard(digest=bytes(32), knew=True), False),
        ((HEARD, b"\xff"), False),
        (None, False),
    ],
)
def test_only_an_answer_that_the_neighbour_signed_about_this_passage_counts(answer: Frame | None, *, knew: bool) -> None:
    with peer(lambda frame: answer if frame[0] == PASSAGE else (WANTS, encode_held([]))) as (member, _):
        link = Link(member, Fixed(), again=60)
        pending = Pending({"T-0002"})
        link.tell(MESSAGE, pending)
        link.start()
        assert pending.wait(20) is knew
        link.stop()


def test_one_who_is_away_for_long_is_told_of_the_newest_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(telling, "MOST_WAITING", 1)
    link = Link(Member(terminal="T-0002", address=Address("127.0.0.1", free_port()), key=OTHER.public_key.load()), Fixed(), again=0.01)
    first, second = Pending({"T-0002"}), Pending({"T-0002"})
    link.tell(MESSAGE, first)
    link.tell(MESSAGE, second)
    assert first.wait(0) is False
    link.start()
    assert second.wait(20) is False
    link.stop()


def brought(frames: list[Frame], *, room: int, during: Callable[[Link], None] = lambda _: None, offers: int = 1) -> list[bytes]:
    """What a neighbour who lacks something was asked, until it has been offered so often."""
    enough = threading.Event()
    seen = 0

    def answer(frame: Frame) -> Frame | None:
        nonlocal seen
        if frame[0] == OFFER:
            seen += 1
            if seen > offers:
                enough.set()
                return REFUSED, b""
            return WANTS, encode_held([HELD])
        return heard() if frame[0] == PASSAGE else done(room)

    with peer(answer) as (member, asked):
        link = Link(member, Fixed(*frames, during=lambda: during(link)), again=60)
        link.start()
        while not enough.wait(0.01):
            link.offer()
        link.stop()
    return asked


def test_a_body_follows_its_manifest_only_if_it_is_wanted() -> None:
    frames = [(MANIFEST, b"manifest"), (BODY, b"body"), (OBJECT, b"delta")]
    assert brought(frames, room=4) == [OFFER, MANIFEST, BODY, OBJECT, OFFER]
    assert brought(frames, room=0) == [OFFER, MANIFEST, OFFER]


def test_a_passage_does_not_wait_for_lists() -> None:
    told: list[int] = []

    def during(link: Link) -> None:
        if not told:
            told.append(1)
            link.tell(MESSAGE, Pending(set()))

    asked = brought([(OBJECT, b"1"), (OBJECT, b"2")], room=0, during=during, offers=2)
    assert asked[:3] == [OFFER, OBJECT, PASSAGE]
    assert asked[-4:] == [OFFER, OBJECT, OBJECT, OFFER]


# --------------------------------------------------------------------------------------------------------------------- listening


class Memory:
    """A `Gate` that learns everything."""

    def bounds(self) -> tuple[int, int]:
        return 70, 10

    def learn(self, says: GivenPassage, *, now: int) -> bool:
        assert says.iat <= now
        return False


def listening(post: Post, clock: Callable[[], int] = lambda: NOW) -> Listening:
    there = Station({"T-0001": post, "T-0002": post})
    return Listening(there.group("T-0002"), Memory(), Carrier(post.directory), post.signer, own="T-0002", now=clock)


def test_what_was_heard_is_remembered_within_bounds(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hearing, "MOST_HEARD", 2)
    times = iter([NOW, NOW, NOW, NOW + 200, NOW + 200])
    here = listening(post, lambda: next(times))
    messages = [PassageMessage.issue(SAYS._replace(sub=f"0000000{number}", iat=NOW + at), post.signer) for number, at in enumerate((0, 0, 0, 200))]
    assert [here.passage(message.raw)[0] for message in messages] == [HEARD] * 4
    assert here.passage(messages[3].raw)[0] == HEARD
    assert here.refused == {"neighbour-again": 1}


@pytest.mark.error("neighbour-frame")
def test_what_is_no_question_is_not_answered(post: Post) -> None:
    talk = listening(post).conversation()
    for content in (b"\xff", cbor.encode(7), cbor.encode([7]), encode_held([HELD])[:-1]):
        assert talk.answer((OFFER, content))[0] == REFUSED
    assert talk.answer((MANIFEST, b"none")) == done(0)
    assert talk.answer((OBJECT, b"none")) == done()
    with pytest.raises(InputError) as refused:
        talk.answer((DONE, b""))
    assert refused.value.code == "neighbour-frame"
    assert [wanted_bytes((DONE, content)) for content in (b"", cbor.encode("x"), cbor.encode(-1), cbor.encode(9))] == [0, 0, 0, 9]


@pytest.mark.parametrize(
    "wrong", [["cq", 1, 1, 1, 1], ["CN-CQ", 9, 1, 1, 1], ["CN-CQ", 1, -1, 1, 1], ["CN-CQ", 1, 1, "1", 1], ["CN-CQ", 1, 1, 1, -1]]
)
def test_an_offer_that_means_nothing_is_refused(wrong: Any) -> None:
    with pytest.raises(InputError) as refused:
        decode_held(cbor.encode([wrong]))
    assert refused.value.code == "neighbour-frame"


@pytest.mark.parametrize("content", [b"?\x00\x00\x00\x00", b"P\x00\x00\x02\x01", b"D\x00\x00\x00\x01", b"P\x00\x00\x00\x05abc", b"P\x00"])
def test_a_frame_of_another_kind_or_length_is_not_read(content: bytes) -> None:
    near, far = socket.socketpair()
    with near, far:
        far.sendall(content)
        far.shutdown(socket.SHUT_WR)
        with pytest.raises(InputError) as refused:
            read_frame(near)
        assert refused.value.code == "neighbour-frame"
