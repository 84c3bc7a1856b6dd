"""The pages that live in a browser: their shells, their service workers, and the files they are made of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, Response, json, redirect, render_template, request
from flask import typing as flask_typing

from webapp.pages import terminal_trust
from webapp.pages.areas import AREAS
from webapp.pages.assets import standing

if TYPE_CHECKING:
    from webapp.pages.areas import Area
    from webapp.pages.assets import Asset, Assets
    from webapp.services import Services

FOR_EVER = "public, max-age=31536000, immutable"
ASK_AGAIN = "no-cache"
NEVER = "no-store"
WORKER_POLICY = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'"
"""A worker is held to what its own file came with, not to the policy of the page that started it."""
_SCRIPT, _MANIFEST = "text/javascript; charset=utf-8", "application/manifest+json"


def blueprint(services: Services, *, assets: Assets | None = None) -> Blueprint:
    """Every address of the browser's areas. Templates of the whole application may name a file by `asset("app/start.js")`."""
    files = standing() if assets is None else assets
    pages = Blueprint("pages", __name__, template_folder="../templates")
    pages.record_once(lambda state: state.app.jinja_env.globals.update(asset=files.url))

    @pages.get("/")
    def front() -> flask_typing.ResponseReturnValue:
        return redirect("/app/", 302)

    @pages.get("/static/<version>/<path:path>")
    def static_file(version: str, path: str) -> Response:
        return _file(files.find(version, path))

    for area in AREAS:
        _add(pages, area, files)
    terminal_trust.add_to(pages, services)
    return pages


def _add(pages: Blueprint, area: Area, files: Assets) -> None:
    name = area.name
    shell = files.under(*area.kept)
    modules = files.needed_by(f"{name}/start.js")

    def page() -> Response:
        return _answer(render_template(area.template, area=area, modules=modules), "text/html; charset=utf-8", area, ASK_AGAIN)

    def worker() -> Response:
        precache = [[files.url(asset.path), asset.integrity] for asset in shell]
        besides = [[asset.path, asset.integrity] for asset in files.under(*area.besides)]
        text = render_template("app/sw.js", area=area, version=files.version, precache=precache, besides=besides)
        return _answer(text, _SCRIPT, area, ASK_AGAIN)

    def manifest() -> Response:
        return _answer(json.dumps(_manifest(area, files)), _MANIFEST, area, ASK_AGAIN)

    def version() -> Response:
        return _answer(json.dumps({"version": files.version}), "application/json", area, NEVER)

    pages.add_url_rule(f"/{name}/", f"{name}_page", page)
    pages.add_url_rule(f"/{name}/sw.js", f"{name}_worker", worker)
    pages.add_url_rule(f"/{name}/manifest.webmanifest", f"{name}_manifest", manifest)
    pages.add_url_rule(f"/{name}/version.json", f"{name}_version", version)


def _manifest(area: Area, files: Assets) -> dict[str, object]:
    return {
        "id": f"/{area.name}/",
        "name": area.title,
        "short_name": area.short_title,
        "description": area.description,
        "lang": "zh-CN",
        "start_url": f"/{area.name}/",
        "scope": f"/{area.name}/",
        "display": "standalone",
        "orientation": area.orientation,
        "background_color": "#F4F6F8",
        "theme_color": "#0A2E50",
        "icons": [{"src": files.url(icon.file), "sizes": icon.sizes, "type": "image/png", "purpose": icon.purpose} for icon in area.icons],
    }


def _answer(text: str, content_type: str, area: Area, keep: str) -> Response:
    answer = Response(text, content_type=content_type)
    answer.headers["Content-Security-Policy"] = area.policy
    answer.headers["Permissions-Policy"] = "camera=(self), screen-wake-lock=(self), geolocation=(), microphone=()"
    answer.headers["Cache-Control"] = keep
    if keep is not NEVER:
        answer.add_etag()
        answer.make_conditional(request)
    return answer


def _file(asset: Asset) -> Response:
    packed = asset.packed if request.accept_encodings.quality("gzip") else None
    answer = Response(asset.content if packed is None else packed, content_type=asset.type)
    if asset.packed is not None:
        answer.vary.add("Accept-Encoding")
    if packed is not None:
        answer.headers["Content-Encoding"] = "gzip"
    if asset.type == _SCRIPT:
        answer.headers["Content-Security-Policy"] = WORKER_POLICY
    answer.headers["Cache-Control"] = FOR_EVER
    answer.set_etag(f"{asset.digest.hex()[:32]}{'' if packed is None else '-gzip'}")
    answer.make_conditional(request)
    return answer
