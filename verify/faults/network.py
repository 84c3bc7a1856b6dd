"""Faults of talking to a server. None of them ever reaches a scan: a terminal judges by what it has."""

from __future__ import annotations

from codes.errors import Text
from verify.faults.kinds import unimported

_LATER = Text(
    "请检查网络与服务器地址，稍后会自动再试；本机照常按已有数据验码。",
    "Check the network and the server's address; it is tried again. This terminal goes on judging by what it has.",
)
SERVER_URL = unimported(
    "server-url",
    "服务器地址不可用",
    "This is no usable address of a server",
    Text("请使用 https:// 地址；只有本机调试可用 http://127.0.0.1。", "Use an https:// address; http:// is for this very machine only."),
)
SERVER_UNREACHABLE = unimported("server-unreachable", "连不上服务器，或应答过慢", "The server cannot be reached, or is too slow", _LATER)
SERVER_REFUSES = unimported("server-refuses", "服务器拒绝了请求", "The server refuses", _LATER)
SERVER_ENDLESS = unimported("server-endless", "服务器的应答超出允许的大小", "The server sends more than it may", _LATER)
SERVER_ANSWER = unimported("server-answer", "服务器的应答无法解读", "The server's answer cannot be read", _LATER)
CHAIN_UNPUBLISHED = unimported(
    "chain-unpublished",
    "服务器没有发布这条名单链",
    "The server publishes no such status chain",
    Text(
        "改用标准停用名单；若应当有名单链，请告知发卡机构。", "The standard lists are used instead; tell the card office if there should be a chain."
    ),
)
