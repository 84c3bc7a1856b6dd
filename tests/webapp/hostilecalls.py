"""Every call of the description with a body that is good, and the places in it where something else can be put."""

from __future__ import annotations

import copy
import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from werkzeug.test import Client

from tests.webapp.hostilehouse import COOKIE, SIGN, Signing
from webapp.auth.csrf import HEADER as TOKEN
from webapp.auth.proofs import HEADER, KEY_HEADER

if TYPE_CHECKING:
    from collections.abc import Iterator

    from werkzeug.test import TestResponse

    from tests.webapp.hostilehouse import HostileHouse

STREAM = "/v1/status/events"
_PART = re.compile(r"\{([a-z_]+)\}")
_KEY = "0123456789abcdef"


@dataclass(frozen=True, kw_only=True)
class Call:
    """One request that its caller could make."""

    method: str
    address: str
    caller: str
    parts: dict[str, str]
    query: dict[str, str]
    body: Any = None
    kinds: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        return f"{self.method} {self.address}"

    @property
    def takes_json(self) -> bool:
        return "application/json" in self.kinds

    @property
    def path(self) -> str:
        """The address with its parts in it."""
        filled = _PART.sub(lambda part: quote(self.parts[part[1]], safe=""), self.address)
        return f"{filled}?{urlencode(self.query)}" if self.query else filled


def calls(house: HostileHouse) -> list[Call]:
    """Every call that the description names, but for the stream that never ends."""
    page = house.app.test_client().get("/v1/openapi.json").get_json()
    schemas = page["components"]["schemas"]
    return [
        _call(house, method.upper(), address, offer, schemas)
        for address, offers in page["paths"].items()
        for method, offer in offers.items()
        if method != "parameters" and address != STREAM
    ]


def _call(house: HostileHouse, method: str, address: str, offer: dict[str, Any], schemas: dict[str, Any]) -> Call:
    content = offer.get("requestBody", {}).get("content", {})
    told = content.get("application/json", {})
    body = told.get("example", _sample(told["schema"], schemas) if told else None)
    known = {"card": str(house.town.resident), "name": "metadata/1.root.json"}
    return Call(
        method=method,
        address=address,
        caller=offer["x-callers"].split()[0],
        parts={name: known.get(name, "0" * 32) for name in _PART.findall(address)},
        query={each["name"]: "1" for each in offer.get("parameters", []) if each["in"] == "query"},
        body=copy.deepcopy(body),
        kinds=tuple(content),
    )


def _sample(schema: dict[str, Any], schemas: dict[str, Any]) -> Any:
    """Something of this form, where there is no example."""
    if "$ref" in schema:
        schema = schemas[schema["$ref"].rpartition("/")[2]]
    if "properties" in schema:
        return {name: _sample(inner, schemas) for name, inner in schema["properties"].items()}
    kind = schema.get("type")
    kind = kind[0] if isinstance(kind, list) else kind
    if kind == "array":
        return [_sample(schema["items"], schemas)]
    return schema.get("example", schema.get("enum", [{"string": "x", "integer": 1, "boolean": True}.get(str(kind), {})])[0])


Place = tuple[str | int, ...]


def places(body: Any, at: Place = ()) -> Iterator[Place]:
    """Where in a body a value stands that is no list and no object."""
    inner = body.items() if isinstance(body, dict) else enumerate(body) if isinstance(body, list) else None
    if inner is None:
        yield at
    else:
        for name, member in inner:
            yield from places(member, (*at, name))


def put(body: Any, at: Place, value: object) -> Any:
    """The body with this value in that place."""
    if not at:
        return value
    changed = copy.copy(body)
    changed[at[0]] = put(body[at[0]], at[1:], value)
    return changed


@dataclass
class Sender:
    """Whoever sends, as every caller."""

    house: HostileHouse
    signing: Signing = field(init=False)
    client: Client = field(init=False)

    def __post_init__(self) -> None:
        self.signing = Signing(self.house, pace=0.6)
        self.client = Client(self.signing, use_cookies=False)  # whoever is signed in says so in every request

    def send(
        self, call: Call, body: Any = None, *, raw: bytes | None = None, kind: str = "application/json", path: str | None = None
    ) -> TestResponse:
        """One request, shown who it is from. The body is JSON unless it is `raw`."""
        headers = {KEY_HEADER: _KEY} if call.method == "POST" and call.caller != "public" else {}
        if call.caller in self.house.callers:
            headers[HEADER] = f"{SIGN}-{call.caller}"
        elif call.caller == "operator":
            headers |= {"Cookie": f"{COOKIE}={SIGN}", TOKEN: SIGN}
        data = raw if raw is not None else None if body is None else json.dumps(body).encode()
        headers |= {} if data is None or not kind else {"Content-Type": kind}
        return self.client.open(path or call.path, method=call.method, data=data, headers=headers)
