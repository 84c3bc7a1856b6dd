"""The agent itself: verdicts with their seq, passages taken back, chips, and what its neighbours tell it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from codes.errors import CardError, SetupError
from codes.journal import ChipShown
from codes.passage import GivenPassage
from tests.verify.agents import CHALLENGE, Post, challenged, station
from tests.verify.city import NOW, City, code
from verify import agent as agents
from verify.telling import Pending

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def city(tmp_path: Path) -> City:
    return station(tmp_path / "published")


@pytest.fixture
def post(tmp_path: Path, city: City) -> Post:
    return Post(tmp_path / "gate", city)


@dataclass
class Friends:
    """A `Group` that hears at once, and may have known."""

    knew: bool = False
    heard: list[GivenPassage] = field(default_factory=list)

    def share(self, says: GivenPassage) -> Pending:
        self.heard.append(says)
        pending = Pending({"T-0002"})
        pending.settle("T-0002", knew=self.knew)
        return pending

    def health(self) -> dict[str, Any]:
        return {"there": {"T-0002": True}, "refused": {}}


def refused(what: Any) -> str:
    with pytest.raises(CardError) as error:
        what()
    return error.value.code


def test_every_verdict_is_answered_with_its_place_in_the_journal(post: Post) -> None:
    agent = post.agent()
    pages = [agent.verify(text) for text in (code(NOW), code(NOW), "no code")]
    assert [(page["verdict"], page["reason"], page["seq"]) for page in pages] == [
        ("accepted", None, 1),
        ("refused", "replayed", 2),
        ("refused", "unknown-format", 3),
    ]
    assert [entry.seq for entry in post.journal()] == [1, 2, 3]
    agent.close()


def test_without_a_journal_there_is_no_seq_and_nothing_to_take_back(tmp_path: Path) -> None:
    city = City(tmp_path / "plain")
    city.token("sl:c1000")
    post = Post(tmp_path / "gate", city)
    agent = post.agent()
    agent.group = friends = Friends()
    assert (agent.verify(code(NOW))["verdict"], agent.verify(code(NOW))["seq"]) == ("accepted", None)
    assert [says.sub for says in friends.heard] == ["AAAAAAAA"]
    agent.close()


def test_before_the_first_import_every_verdict_is_a_doubt(tmp_path: Path, city: City) -> None:
    post = Post(tmp_path / "new", city, is_new=True)
    agent = post.agent()
    assert agent.verify(code(NOW))["verdict"] == "inconclusive"
    assert refused(agent.bounds) == "trust-absent"
    agent.close()


@pytest.mark.error("agent-passage")
def test_a_passage_that_did_not_happen_is_taken_back_once_and_the_holder_may_come_again(post: Post) -> None:
    agent = post.agent()
    agent.group = friends = Friends()
    seq = agent.verify(code(NOW))["seq"]
    assert agent.passage(seq, opened=True) == {"seq": seq, "released": False}
    for _ in range(2):
        assert agent.passage(seq, opened=False) == {"seq": seq, "released": True}
    assert [(says.sub, says.until) for says in friends.heard] == [("AAAAAAAA", NOW + 70), ("AAAAAAAA", 0)]
    assert [(entry.number, entry.released) for entry in post.journal()] == [(0, None), (None, seq)]
    assert agent.verify(code(NOW))["verdict"] == "accepted"
    late = agent.verify(code(NOW, "BBBBBBBB"))["seq"]
    post.clock.at += 71
    assert refused(lambda: agent.passage(late, opened=False)) == "agent-passage"
    assert refused(lambda: agent.passage(99, opened=False)) == "agent-passage"
    agent.close()


def test_what_can_be_taken_back_is_bounded(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(agents, "MOST_PASSAGES", 1)
    agent = post.agent()
    first, second = (agent.verify(code(NOW, sub))["seq"] for sub in ("AAAAAAAA", "BBBBBBBB"))
    assert refused(lambda: agent.passage(first, opened=False)) == "agent-passage"
    agent.passage(second, opened=False)
    third = agent.verify(code(NOW, "CCCCCCCC"))["seq"]
    agent.passage(third, opened=False)
    assert refused(lambda: agent.passage(second, opened=False)) == "agent-passage"
    for sub in ("DDDDDDDD", "EEEEEEEE"):
        agent.learn(GivenPassage("T-0002", NOW, "CN-CQ", sub, NOW, NOW + 70), now=NOW)
    agent.learn(GivenPassage("T-0002", NOW, "CN-CQ", "DDDDDDDD", NOW, 0), now=NOW)
    assert agent.verify(code(NOW, "DDDDDDDD"))["reason"] == "replayed", "too long ago to be taken back"
    agent.close()


@pytest.mark.error("agent-stopping")
def test_an_agent_that_has_stopped_judges_nothing(post: Post) -> None:
    agent = post.agent()
    agent.close()
    asks = (lambda: agent.verify("x"), lambda: agent.passage(1, opened=False), agent.bounds)
    assert {refused(question) for question in asks} == {"agent-stopping"}


@pytest.mark.error("agent-reader")
def test_a_chip_is_judged_as_the_reader_shows_it(post: Post) -> None:
    asked: list[bytes] = []

    def reader(challenge: bytes) -> ChipShown:
        asked.append(challenge)
        return ChipShown(b"\x80", b"", challenge)

    agent = post.agent(reader)
    page = agent.chip()
    assert (page["verdict"], page["seq"], len(asked[0])) == ("refused", 1, agents.CHALLENGE_BYTES)
    agent.close()
    without = post.agent()
    assert refused(without.chip) == "agent-reader"
    without.close()


def test_an_accepted_chip_can_be_taken_back_and_neighbours_have_nothing_to_hear(tmp_path: Path) -> None:
    from codes.claims import Profile, StatusRef
    from codes.credential import Credential, Statement
    from codes.trust import Bounds, IssuerKey, encode_issuers
    from tests.verify import gate as memory
    from tests.verify.city import DAY, p256

    bounds = {Profile.CHIP: Bounds(longest_life=7 * DAY, longest_max_age=60)}
    issuer = IssuerKey(region="CN-CQ", key=p256("chips").public_key, profiles=bounds, not_before=0, not_after=NOW + 400 * DAY)
    city = station(tmp_path / "p", **{"issuers.cbor": encode_issuers("CN-CQ", [issuer])})
    city.token("sl:c10")
    post = Post(tmp_path / "gate", city)
    hour = NOW - 3600
    fields = {"iss": "CN-CQ", "sub": "AAAAAAAA", "exp": hour + 7 * DAY, "iat": hour, "holder": p256("chip").public_key}
    status = StatusRef("sl:c10", 7)
    says = Statement(**fields, status=status, chip_tag=bytes(8), max_age=30, profile=Profile.CHIP, fare=0)  # type: ignore[arg-type] # because the fields have several types
    chip = Credential.issue(says, p256("chips"))
    agent = post.agent(lambda challenge: ChipShown(chip.raw, memory.answer(challenge, signer=p256("chip")), challenge))
    agent.group = friends = Friends()
    page = agent.chip()
    assert (page["verdict"], page["seq"]) == ("accepted", 1)
    assert agent.passage(1, opened=False) == {"seq": 1, "released": True}
    assert not friends.heard
    agent.close()


def test_a_desk_waits_for_its_neighbours_and_refuses_what_one_of_them_knew(tmp_path: Path, city: City) -> None:
    post = Post(tmp_path / "desk", city, scene="desk")
    agent = post.agent()
    agent.group = friends = Friends(knew=True)
    page = agent.verify(challenged(NOW), challenge=CHALLENGE)
    assert (page["verdict"], page["reason"], page["step"], page["seq"]) == ("refused", "replayed", 12, 1)
    assert [(entry.number, entry.released) for entry in post.journal()] == [(0, None), (None, 1)]
    friends.knew = False
    assert agent.verify(challenged(NOW, "BBBBBBBB"), challenge=CHALLENGE)["verdict"] == "accepted"
    agent.close()


def test_a_desk_without_a_journal_refuses_it_too(tmp_path: Path) -> None:
    city = station(tmp_path / "plain")
    del city.documents["CN-CQ"]["journal.cbor"]
    city.publish()
    agent = Post(tmp_path / "desk", city, scene="desk").agent()
    agent.group = Friends(knew=True)
    page = agent.verify(challenged(NOW), challenge=CHALLENGE)
    assert (page["verdict"], page["reason"], page["seq"]) == ("refused", "replayed", None)
    agent.close()


def test_a_gate_opens_without_waiting(post: Post) -> None:
    agent = post.agent()
    agent.group = Friends(knew=True)
    assert agent.verify(code(NOW))["verdict"] == "accepted"
    agent.close()


def test_what_a_neighbour_accepted_is_refused_until_that_neighbour_takes_it_back(post: Post) -> None:
    agent = post.agent()
    given = GivenPassage("T-0002", NOW, "CN-CQ", "AAAAAAAA", NOW, NOW + 70)
    assert not agent.learn(given, now=NOW)
    assert not agent.learn(given._replace(made=NOW + 1), now=NOW + 1), "that neighbour's own"
    assert agent.learn(given._replace(terminal="T-0003"), now=NOW), "another's"
    agent.learn(given, now=NOW)
    assert agent.verify(code(NOW))["reason"] == "replayed"
    for other in (given._replace(terminal="T-0003", until=0), given._replace(made=NOW - 1, until=0)):
        agent.learn(other, now=NOW)
        assert agent.verify(code(NOW))["reason"] == "replayed"
    agent.learn(given._replace(made=NOW + 1), now=NOW)
    agent.learn(given._replace(made=NOW + 1, until=0), now=NOW)
    assert agent.verify(code(NOW))["verdict"] == "accepted"
    assert agent.learn(given, now=NOW), "this gate opened"
    agent.close()


def test_health_tells_of_the_neighbours(post: Post) -> None:
    agent = post.agent()
    assert agent.health()["neighbours"] is None
    agent.group = Friends()
    assert (agent.health()["terminal"], agent.health()["neighbours"]["there"]) == ("T-0001", {"T-0002": True})
    agent.close()


def test_a_full_journal_is_counted_when_a_passage_is_taken_back(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    from verify.journal import Journal, read_sent

    agent = post.agent()
    seq = agent.verify(code(NOW))["seq"]

    def full(*_: object) -> int:
        from verify import faults

        raise SetupError(faults.JOURNAL_FULL, limit=0)

    monkeypatch.setattr(Journal, "note", full)
    assert agent.passage(seq, opened=False)["released"] is True
    assert read_sent(post.path / "journal").dropped == 1
    agent.close()
