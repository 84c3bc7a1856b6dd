"""What a phone opens first: a plain page with the authority's certificate and the steps by which a phone comes to trust it; and what the terminal says."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives import serialization
from werkzeug import Request, Response

from codes import qr

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from webapp.lan.authority import LocalAuthority

    Page = Callable[..., Iterator[bytes]]

CERTIFICATE = "/authority.crt"
_STEPS = (
    (
        "苹果手机 · iPhone",
        (
            ("用 Safari 打开本页，点“下载证书”，允许下载描述文件。", "In Safari, download the certificate and allow the profile."),
            ("打开“设置”，点“已下载描述文件”，点“安装”。", "In Settings, open the downloaded profile and install it."),
            (
                "打开“设置 › 通用 › 关于本机 › 证书信任设置”，打开这张证书的开关。",
                "In Settings › General › About › Certificate Trust Settings, turn it on.",
            ),
        ),
    ),
    (
        "安卓手机 · Android",
        (
            ("点“下载证书”。", "Download the certificate."),
            (
                "打开“设置”，搜索“CA 证书”，选择“仍然安装”，选中下载的文件。",
                "In Settings, search for “CA certificate”, choose to install it anyway, and pick the file.",
            ),
        ),
    ),
)
_PAGE = """<!doctype html>
<html lang="zh-CN"><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>在手机上试用（演示系统）</title>
<style>
 body {{ font: 17px/1.6 "PingFang SC", "HarmonyOS Sans SC", "Noto Sans CJK SC", system-ui, sans-serif; color: #14202b; background: #f4f6f8; margin: 0 }}
 main {{ max-width: 480px; margin: 0 auto; padding: 24px 16px 48px }}
 h1 {{ font-size: 24px; line-height: 1.3; margin: 0 0 8px }} h2 {{ font-size: 17px; margin: 24px 0 4px }}
 small {{ color: #465566; display: block; font-size: 14px }} ol {{ padding-left: 24px; margin: 0 }} li {{ margin: 8px 0 }}
 a {{ display: block; text-align: center; padding: 12px; margin: 16px 0; border-radius: 12px; background: #0f4c81; color: #fff; text-decoration: none }}
 a.plain {{ background: #dceaf7; color: #0f4c81; overflow-wrap: anywhere }} code {{ font-size: 14px; overflow-wrap: anywhere }}
</style>
<main><h1>在手机上试用电子社保卡</h1>
<small>演示系统。证书只对局域网地址有效，试用结束后请从手机上删除。<br>
A demonstration. The certificate is good for private addresses only; remove it from the phone afterwards.</small>
<a href="{certificate}">下载证书 · Download the certificate</a>
{steps}
<h2>核对指纹 · Compare the fingerprint</h2><code>{fingerprint}</code>
<h2>然后打开 · Then open</h2><a class="plain" href="{address}">{address}</a>
</main></html>
"""


def invitation(authority: LocalAuthority, address: str) -> Page:
    """The WSGI application of the plain page: the page itself and the certificate, nothing else. `address` is where the app is, over HTTPS."""
    page = _PAGE.format(certificate=CERTIFICATE, steps=_steps(), fingerprint=escape(authority.fingerprint), address=escape(address)).encode()
    certificate = authority.certificate.public_bytes(serialization.Encoding.DER)

    @Request.application
    def answer(request: Request) -> Response:
        if request.method not in {"GET", "HEAD"} or request.path not in {"/", CERTIFICATE}:
            return Response("只有一页 / there is one page only: /\n", 404, mimetype="text/plain")
        if request.path == CERTIFICATE:
            return Response(certificate, mimetype="application/x-x509-ca-cert", headers={"Cache-Control": "no-store"})
        style = "default-src 'none'; style-src 'unsafe-inline'"  # a page of its own port, without a script, with nothing to take from
        return Response(page, mimetype="text/html", headers={"Cache-Control": "no-store", "Content-Security-Policy": style})

    return answer  # type: ignore[return-value] # because werkzeug's decorator gives a plain WSGI application


def told(authority: LocalAuthority, page: str, address: str) -> str:
    """What whoever started the service reads: the address to open on the phone, as text and as a picture, and what comes then."""
    return "\n".join(
        (
            "在手机上试用 / on a phone:",
            qr.to_blocks(page.upper()),  # scheme and host know no case, and capitals make a small symbol
            f"  1. 手机与本机连同一网络，扫码打开 / on the same network, open: {page}",
            "  2. 按页面安装证书，核对指纹 / install the certificate as the page says; its fingerprint:",
            f"     {authority.fingerprint}",
            f"  3. 打开应用 / then open the app: {address}",
        )
    )


def _steps() -> str:
    parts = []
    for phone, steps in _STEPS:
        lines = "".join(f"<li>{escape(zh)}<small>{escape(en)}</small></li>" for zh, en in steps)
        parts.append(f"<h2>{escape(phone)}</h2><ol>{lines}</ol>")
    return "\n".join(parts)
