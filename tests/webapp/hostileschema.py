"""Schemathesis over the whole description of the API: every operation, by the caller it is for and by nobody, with data that fits and data that does not.

    python -m tests.webapp.hostileschema --examples 200      a long campaign: figures as JSON on the last line, findings before it

All its checks are on. What is set otherwise than it comes stands in `config`, with the reason.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread
from time import perf_counter
from typing import TYPE_CHECKING, Any

import schemathesis
from schemathesis.config import (
    CacheConfig,
    ChecksConfig,
    GenerationConfig,
    OperationConfig,
    OperationsConfig,
    PhasesConfig,
    PositiveDataAcceptanceConfig,
    ProjectConfig,
    ProjectsConfig,
    SchemathesisConfig,
    SimpleCheckConfig,
    StatefulPhaseConfig,
)
from schemathesis.config._auth import AuthConfig
from schemathesis.config._checks import MissingRequiredHeaderConfig
from schemathesis.engine import events, from_schema
from schemathesis.filters import FilterSet
from werkzeug.serving import WSGIRequestHandler, make_server

from tests.webapp.hostilehouse import SIGN, HostileHouse, Signing, opened

if TYPE_CHECKING:
    from collections.abc import Iterator

    from schemathesis.engine.recorder import ScenarioRecorder

SEED = 20261122
STREAM = "/v1/status/events"
"""Left out: an event stream has no end that a caller could wait for. tests/webapp/test_feed_stream.py reads it."""
REFUSED_SENSE = ["2xx", "304", "400", "401", "403", "404", "409", "412", "428", "429"]
"""What data that fits may be answered: a proof of the right form can still be signed by nobody. Not 422: that would be a form which is not described."""
NO_KEY = ["400", "401", "403", "406", "415", "422", "428"]
"""What a missing header may be answered: 428 (RFC 6585) beside the usual ones, which is what the Idempotency-Key has of its own."""
SIGNED = {f"{kind}Proof": {"api_key": f"{SIGN}-{kind}"} for kind in ("phone", "terminal", "region")} | {"operatorSession": {"api_key": SIGN}}


@dataclass
class Campaign:
    """What was sent, checked and found."""

    operations: set[str] = field(default_factory=set)
    checks: Counter[str] = field(default_factory=Counter)
    found: list[str] = field(default_factory=list)
    requests: int = 0
    statuses: dict[int, int] = field(default_factory=dict)
    seconds: float = 0.0

    def note(self, label: str, recorder: ScenarioRecorder) -> None:
        """Count the checks of one operation, and keep what they found. What was answered is not kept: it may name people."""
        self.operations.add(label)
        for case, nodes in recorder.checks.items():
            for node in nodes:
                self.checks[node.name] += 1
                if node.failure_info is not None:
                    sent = recorder.cases[case].value
                    told = node.failure_info.failure.message.partition("\n")[0]
                    self.found.append(f"{label} {node.name}: {told}; {sent.path_parameters} {sent.query} {sent.body!r}"[:600])

    def figures(self) -> dict[str, Any]:
        """The figures for docs/security-tests.md."""
        return {
            "operations": len(self.operations),
            "requests": self.requests,
            "checks": dict(sorted(self.checks.items())),
            "statuses": dict(sorted(self.statuses.items())),
            "failures": len(self.found),
            "seconds": round(self.seconds, 1),
        }


def config(examples: int) -> SchemathesisConfig:
    """The settings: the same data each time."""
    preview = FilterSet()
    preview.include(path="/v1/office/batches/preview")
    shares_an_address = (
        OperationConfig(  # Allow rightly names GET there too: the word could be the reference of a batch, and GET is described for those
            filter_set=preview, checks=ChecksConfig(allow_header_conformance=SimpleCheckConfig(enabled=False))
        )
    )
    project = ProjectConfig(
        auth=AuthConfig(openapi=SIGNED),
        continue_on_failure=True,
        checks=ChecksConfig(
            positive_data_acceptance=PositiveDataAcceptanceConfig(expected_statuses=REFUSED_SENSE),
            missing_required_header=MissingRequiredHeaderConfig(expected_statuses=NO_KEY),
        ),
        generation=GenerationConfig(max_examples=examples, deterministic=True, database="none", no_shrink=True),
        phases=PhasesConfig(stateful=StatefulPhaseConfig(enabled=False)),  # the description names no links; ids are found in answers all the same
        operations=OperationsConfig(operations=[shares_an_address]),
    )
    return SchemathesisConfig(seed=SEED, cache=CacheConfig(enabled=False), projects=ProjectsConfig(default=project))


class _Silent(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002 because it is the handler's own signature
        """Nothing: what is sent here is meant to look bad."""


@contextmanager
def served(signing: Signing) -> Iterator[str]:
    """The town over a real line; its address."""
    server = make_server("127.0.0.1", 0, signing, threaded=True, request_handler=_Silent)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def run(house: HostileHouse, *, examples: int) -> Campaign:
    """Every operation of the description."""
    campaign, signing, begun = Campaign(), Signing(house), perf_counter()
    with served(signing) as address:
        schema = schemathesis.openapi.from_url(f"{address}/v1/openapi.json", config=config(examples)).exclude(path=STREAM)
        for event in from_schema(schema).execute():
            if isinstance(event, events.ScenarioFinished) and event.label is not None:
                campaign.note(event.label, event.recorder)
            elif isinstance(event, events.NonFatalError):
                campaign.found.append(f"{event.label}: {event.value}"[:600])
            elif isinstance(event, events.FatalError):
                raise event.exception
    campaign.requests, campaign.statuses, campaign.seconds = signing.sent, signing.statuses, perf_counter() - begun
    return campaign


def main() -> int:
    """Run it in a town of its own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--examples", type=int, default=100)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, opened(Path(folder) / "town") as house:
        campaign = run(house, examples=options.examples)
    print(*campaign.found, sep="\n")
    print(json.dumps(campaign.figures()))
    return 1 if campaign.found else 0


if __name__ == "__main__":
    sys.exit(main())
