"""The areas that live in a browser: what each is made of, and what its pages may talk to. One more area is one more row."""

from __future__ import annotations

from dataclasses import dataclass

_LOCAL = ("http://localhost:*", "http://127.0.0.1:*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Icon:
    """One picture of an installed area."""

    file: str
    sizes: str
    purpose: str = "any"


@dataclass(frozen=True, slots=True, kw_only=True)
class Area:
    """One installable area with a service worker and a scope of its own: /NAME/."""

    name: str
    template: str
    title: str
    short_title: str
    description: str
    kept: tuple[str, ...]
    """Folders and files of webapp/static that the area needs without a network. What it fetches besides is kept once it has been fetched."""
    icons: tuple[Icon, ...]
    besides: tuple[str, ...] = ()
    """Files that it fetches when they are wanted and keeps from then on, over updates too, as long as they stay the same."""
    connect: tuple[str, ...] = ()
    """Where its pages may connect to besides where they came from."""
    orientation: str = "portrait"

    @property
    def policy(self) -> str:
        """Its Content-Security-Policy: nothing inline, nothing from elsewhere."""
        return "; ".join(
            (
                "default-src 'self'",
                "script-src 'self' 'wasm-unsafe-eval'",
                "style-src 'self'",
                "img-src 'self' blob: data:",
                " ".join(("connect-src 'self'", *self.connect)),
                "worker-src 'self'",
                "base-uri 'none'",
                "object-src 'none'",
                "frame-ancestors 'none'",
                "form-action 'self'",
            )
        )


APP = Area(
    name="app",
    template="app/shell.html",
    title="电子社保卡（演示系统）",
    short_title="电子社保卡",
    description="川渝电子社保卡，演示系统。没有网络也能出示卡码。",
    kept=("app/", "shared/", "texts/app.zh-CN.json", "texts/app.en.json", "vendor/preact-htm.js", "vendor/qr.js"),
    besides=("vendor/zxing-reader.js", "vendor/zxing_reader.wasm"),
    icons=(
        Icon(file="icons/app-192.png", sizes="192x192"),
        Icon(file="icons/app-512.png", sizes="512x512"),
        Icon(file="icons/app-maskable-512.png", sizes="512x512", purpose="maskable"),
    ),
)

TERMINAL = Area(
    name="terminal",
    template="terminal/shell.html",
    title="电子社保卡验码（演示系统）",
    short_title="验码终端",
    description="川渝电子社保卡验码终端，演示系统。与本机终端服务一起，没有网络也能验码。",
    kept=(
        "terminal/",
        "shared/",
        "texts/terminal.zh-CN.json",
        "texts/terminal.en.json",
        "vendor/preact-htm.js",
        "vendor/qr.js",
        "vendor/zxing-reader.js",
        "vendor/zxing_reader.wasm",
    ),
    icons=(),
    connect=_LOCAL,
    orientation="any",
)

AREAS: tuple[Area, ...] = (APP, TERMINAL)
