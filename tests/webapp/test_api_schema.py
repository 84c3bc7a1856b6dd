"""Whatever the description allows to be sent is answered by something that the description allows to come back, and never by a defect."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.core import NotSet
from schemathesis.core.result import Ok

from tests.webapp.phonehouse import Phone
from tests.webapp.test_api_description import fits
from tests.webapp.test_office import founded
from webapp import SERVICES, create_app
from webapp.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from flask import Flask

__all__ = ["founded"]
EXAMPLES = 6
"""Of each call. A long run by hand takes more."""


@pytest.fixture(scope="module")
def app(founded: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    folder = tmp_path_factory.mktemp("schema") / "office"
    shutil.copytree(founded, folder)
    app = create_app(Settings.from_environ({"ECARD_OFFICE": str(folder)}))
    yield app
    assert app.extensions[SERVICES].close(within=5)


@pytest.mark.threat("G07", "G12")
def test_whatever_may_be_sent_is_answered_as_described(app: Flask) -> None:
    schema = schemathesis.openapi.from_wsgi("/v1/openapi.json", app)
    schemas = app.test_client().get("/v1/openapi.json").get_json()["components"]["schemas"]
    found = list(schema.get_all_operations())
    operations = [each.ok() for each in found if isinstance(each, Ok)]
    assert len(operations) == len(found) > 70
    for operation in operations:
        _try(app, operation, schemas)


def _try(app: Flask, operation: Any, schemas: dict[str, Any]) -> None:
    phone, offer = Phone.over(app.test_client()), operation.definition.raw
    if offer["operationId"] == "feed.events":
        return  # an answer without an end

    @settings(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck), phases=[Phase.generate])
    @given(case=operation.as_strategy())
    def sends(case: Any) -> None:
        path = case.formatted_path + (f"?{urlencode(case.query, doseq=True)}" if case.query else "")
        headers, body = {name: str(value) for name, value in (case.headers or {}).items() if name != "DPoP"}, b""
        if not isinstance(case.body, NotSet):
            is_bytes = isinstance(case.body, bytes)
            body = case.body if is_bytes else json.dumps(case.body).encode()
            headers["Content-Type"] = "application/octet-stream" if is_bytes else "application/json"
        for _ in range(2):
            proof = phone.proof(case.method, path, body, headers.get("Idempotency-Key"))
            answer = app.test_client().open(path, method=case.method, data=body, headers=headers | {"DPoP": proof})
            phone.nonce = answer.headers.get("DPoP-Nonce", phone.nonce)
            if answer.status_code != 401:
                break
        told, where = offer["responses"], f"{case.method} {operation.path} {answer.status_code}"
        assert answer.status_code < 500 or answer.status_code == 503, where
        if answer.status_code == 429:
            return  # whoever asks that much is sent away, whatever was asked
        assert str(answer.status_code) in told, where
        content = told[str(answer.status_code)].get("content", {})
        if answer.mimetype in content:
            fits(answer.get_json(force=True, silent=True), content[answer.mimetype]["schema"], schemas, where)

    sends()
