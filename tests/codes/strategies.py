"""What hypothesis draws: values of the CBOR profile and statements that a credential can make."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import strategies as st

from codes.claims import Audience, Profile, StatusRef, StatusType, shard_uri
from codes.credential import Statement
from codes.keys import ORDER, SoftwareSigner
from codes.scenes import Freshness, SceneClass, SceneRules, Staleness
from tests.vectors import cast

if TYPE_CHECKING:
    from codes.cbor import Value

UINT64 = (1 << 64) - 1

integers = st.one_of(
    st.integers(-UINT64 - 1, UINT64),
    st.sampled_from([0, 23, 24, 255, 256, 65535, 65536, (1 << 32) - 1, 1 << 32, UINT64, -1, -24, -25, -256, -257, ~UINT64]),
)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
leaves = st.one_of(integers, st.booleans(), st.binary(max_size=40), texts)


def _deeper(children: st.SearchStrategy[Value]) -> st.SearchStrategy[Value]:
    return st.lists(children, max_size=5) | st.dictionaries(integers | texts, children, max_size=5)


def nested(depth: int) -> st.SearchStrategy[Value]:
    """Values with at most so many levels."""
    values: st.SearchStrategy[Value] = leaves
    for _ in range(depth):
        values = leaves | _deeper(values)
    return values


values = nested(4)
hours = st.integers(0, (1 << 40) // 3600).map(lambda hour: hour * 3600)
scalars = st.integers(1, ORDER - 1)
signers = st.builds(SoftwareSigner.from_scalar, scalars)
uris = st.builds(shard_uri, st.sampled_from("cs"), st.integers(0, 36**4 - 1))
refs = st.builds(StatusRef, uris, st.integers(0, UINT64))
names = st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5), min_size=1, max_size=19).map(lambda name: name[:1] + "*" + name[1:])
tails = st.from_regex(r"[0-9]{3}[0-9X]", fullmatch=True)
subs = st.from_regex(r"[A-Za-z0-9_-]{8}", fullmatch=True)
regions = st.sampled_from(["CN-CQ", "CN-SC", "US-CA", "AD-02"])


@st.composite
def statements(draw: st.DrawFn, profiles: tuple[Profile, ...] = tuple(Profile)) -> Statement:
    """Everything that a credential can say."""
    profile = draw(st.sampled_from(profiles))
    named = profile is Profile.IDENTITY or (profile is Profile.DELEGATE and draw(st.booleans()))
    first, second = sorted(draw(st.lists(hours, min_size=2, max_size=2, unique=True)))
    return Statement(
        iss=draw(regions),
        sub=draw(subs),
        iat=first,
        exp=second,
        holder=cast.HOLDER.public_key,
        status=draw(refs),
        chip_tag=draw(st.binary(min_size=8, max_size=8)),
        max_age=draw(st.integers(1, 3600)),
        profile=profile,
        fare=draw(st.integers(0, 7)),
        name=draw(names) if named else None,
        tail=draw(tails) if named else None,
    )


audiences = st.sampled_from(Audience)
cnonces = st.none() | st.binary(min_size=8, max_size=32)
statuses = st.sampled_from(StatusType)


@st.composite
def scene_rules(draw: st.DrawFn, name: str = "metro") -> SceneRules:
    """Scene rules that do not contradict themselves."""
    future, past, max_age = (draw(st.integers(least, 86_400)) for least in (0, 0, 1))
    fresh, aging, allowed, check = sorted(draw(st.lists(st.integers(0, 10**8), min_size=4, max_size=4)))
    scene_class = draw(st.sampled_from(SceneClass))
    fresh_enough = [Freshness.CHALLENGE, Freshness.ONLINE] if scene_class in {SceneClass.A, SceneClass.B} else list(Freshness)
    titles = st.text(st.characters(categories=["L", "N", "P"]), min_size=1, max_size=20)
    return SceneRules(
        name=name,
        region="CN-CQ",
        title_zh=draw(titles),
        title_en=draw(titles),
        scene_class=scene_class,
        audience=draw(audiences),
        freshness=draw(st.sampled_from(fresh_enough)),
        future=future,
        past=past,
        max_age=max_age,
        passback=future + past + max_age + draw(st.integers(0, 1000)),
        recognises=frozenset(draw(st.sets(regions, min_size=1))),
        delegate=draw(st.booleans()),
        chip=draw(st.booleans()),
        fares=draw(st.none() | st.dictionaries(st.integers(0, 7), titles)),
        staleness=Staleness(fresh=fresh, aging=aging, allowed=allowed, check=check),
    )
