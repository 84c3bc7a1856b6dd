"""Pages as they are served: hashed files that are kept for ever, explicit types, a strict policy, and a worker that keeps exactly the shell."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import re
from typing import TYPE_CHECKING

import pytest

from webapp import create_app
from webapp.pages import areas
from webapp.pages.assets import STATIC, Assets, standing
from webapp.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

    from flask.testing import FlaskClient

SHELL_GZIP = 150 * 1024
"""Bytes that the resident app may cost before it can be used without a network, compressed."""


@pytest.fixture
def client(tmp_path: Path) -> FlaskClient:
    return create_app(Settings(published=tmp_path)).test_client()


def precached(client: FlaskClient, area: str) -> dict[str, str]:
    script = client.get(f"/{area}/sw.js").get_data(as_text=True)
    (found,) = re.findall(r"const PRECACHE = (\[.*?\]);\n", script)
    return dict(json.loads(found))


def test_the_front_door_leads_to_the_app(client: FlaskClient) -> None:
    answer = client.get("/")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/app/")


@pytest.mark.parametrize("area", areas.AREAS, ids=lambda area: area.name)
def test_a_page_has_a_policy_without_exceptions_and_nothing_inline(client: FlaskClient, area: areas.Area) -> None:
    answer = client.get(f"/{area.name}/")
    text = answer.get_data(as_text=True)
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe-inline" not in policy
    assert "'unsafe-eval'" not in policy
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=", text)
    assert not re.search(r"(src|href)=\"(https?:)?//", text)
    assert answer.headers["Cache-Control"] == "no-cache"
    assert client.get(f"/{area.name}/", headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304
    assert '<html lang="zh-CN">' in text


@pytest.mark.parametrize("area", areas.AREAS, ids=lambda area: area.name)
def test_the_worker_names_every_file_of_the_shell_with_its_digest(client: FlaskClient, area: areas.Area) -> None:
    answer = client.get(f"/{area.name}/sw.js")
    assert answer.headers["Content-Type"] == "text/javascript; charset=utf-8"
    assert answer.headers["Cache-Control"] == "no-cache"
    kept = precached(client, area.name)
    for url, integrity in kept.items():
        file = client.get(url)
        assert file.status_code == 200, url
        assert integrity == f"sha256-{base64.b64encode(hashlib.sha256(file.data).digest()).decode()}"
    page = client.get(f"/{area.name}/").get_data(as_text=True)
    needed = {url for url in re.findall(r'(?:src|href)="(/static/[^"]+)"', page) if "/icons/" not in url}
    assert needed <= kept.keys()


def test_every_module_that_the_app_imports_is_kept(client: FlaskClient) -> None:
    kept = {url.split("/", 3)[3] for url in precached(client, "app")}
    for path in kept:
        for found in re.findall(r'from "(\.[^"]+)"', (STATIC / path).read_text("utf-8")) if path.endswith(".js") else ():
            wanted = ((STATIC / path).parent / found).resolve().relative_to(STATIC).as_posix()
            assert wanted in kept, f"{path} needs {wanted}"


@pytest.mark.parametrize("area", areas.AREAS, ids=lambda area: area.name)
def test_a_page_asks_at_once_for_every_module_that_it_begins_with_and_for_no_other(client: FlaskClient, area: areas.Area) -> None:
    ahead = re.findall(r'<link rel="modulepreload" href="/static/[0-9a-f]+/([^"]+)">', client.get(f"/{area.name}/").get_data(as_text=True))
    assert len(ahead) == len(set(ahead))
    assert {"vendor/preact-htm.js", "shared/base45.js"} < set(ahead)
    assert not {f"{area.name}/start.js", "terminal/decoding.js", "vendor/zxing-reader.js"} & set(ahead)


def test_the_shell_of_the_app_is_small(client: FlaskClient) -> None:
    size = sum(len(client.get(url, headers={"Accept-Encoding": "gzip"}).data) for url in precached(client, "app"))
    assert size <= SHELL_GZIP
    print(f"app shell: {size} bytes with gzip")


def test_manifest_and_version(client: FlaskClient) -> None:
    manifest = client.get("/app/manifest.webmanifest")
    assert manifest.headers["Content-Type"] == "application/manifest+json"
    page = json.loads(manifest.data)
    assert (page["start_url"], page["scope"], page["display"], page["lang"]) == ("/app/", "/app/", "standalone", "zh-CN")
    for icon in page["icons"]:
        picture = client.get(icon["src"])
        assert (picture.status_code, picture.headers["Content-Type"]) == (200, "image/png")
    version = client.get("/app/version.json")
    assert version.headers["Cache-Control"] == "no-store"
    assert json.loads(version.data) == {"version": standing().version}


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("shared/cbor.js", "text/javascript; charset=utf-8"),
        ("shared/tokens.css", "text/css; charset=utf-8"),
        ("app/face.svg", "image/svg+xml"),
        ("texts/app.zh-CN.json", "application/json"),
        ("vendor/zxing_reader.wasm", "application/wasm"),
    ],
)
def test_files_have_their_own_types_and_stay_for_ever(client: FlaskClient, path: str, kind: str) -> None:
    url = standing().url(path)
    plain = client.get(url)
    packed = client.get(url, headers={"Accept-Encoding": "gzip, br"})
    assert plain.headers["Content-Type"] == packed.headers["Content-Type"] == kind
    assert plain.data == gzip.decompress(packed.data) == (STATIC / path).read_bytes()
    assert packed.headers["Content-Encoding"] == "gzip"
    assert plain.headers["Vary"] == "Accept-Encoding"
    assert plain.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert plain.headers["ETag"] != packed.headers["ETag"]
    assert client.get(url, headers={"If-None-Match": plain.headers["ETag"]}).status_code == 304
    assert client.get(url, headers={"Accept-Encoding": "gzip;q=0"}).headers.get("Content-Encoding") is None


@pytest.mark.parametrize(
    "path", ["0000000000000000/shared/cbor.js", "{version}/shared/nothing.js", "{version}/../settings.py", "{version}/vendor/qr.d.ts"]
)
def test_another_version_and_what_is_no_file_are_not_found(client: FlaskClient, path: str) -> None:
    assert client.get(f"/static/{path.format(version=standing().version)}").status_code == 404


def test_one_changed_file_is_another_version(tmp_path: Path) -> None:
    (tmp_path / "a.js").write_text("1", "ascii")
    first = Assets(tmp_path)
    (tmp_path / "a.js").write_text("2", "ascii")
    second = Assets(tmp_path)
    assert first.version != second.version
    assert Assets(tmp_path).version == second.version
    with pytest.raises(KeyError):
        second.url("b.js")
    with pytest.raises(KeyError):
        second.under("folder/")


def test_nothing_of_ours_fetches_from_elsewhere() -> None:
    modules = [path for path in STATIC.rglob("*") if path.suffix in {".js", ".css", ".svg"} and "vendor" not in path.parts]
    home = re.compile(r"https?://(?!www\.w3\.org/2000/svg|localhost|127\.0\.0\.1)[^\s\"'`)]+")
    assert {path.name: home.findall(path.read_text("utf-8")) for path in modules if home.search(path.read_text("utf-8"))} == {}
