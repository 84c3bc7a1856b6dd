"""Faults of trying the app on a phone of one's own network."""

from __future__ import annotations

from codes.errors import Fault, Text

LAN_ADDRESS = Fault(
    code="lan-address",
    title=Text("没有可用的局域网地址", "No usable address of a private network"),
    hint=Text(
        "请让本机连上局域网，或用 --host 写明本机的局域网地址。", "Connect this machine to a network, or name its private address with --host."
    ),
)
LAN_AUTHORITY = Fault(
    code="lan-authority",
    title=Text("本地证书机构的文件不可用", "The files of the local certificate authority cannot be used"),
    hint=Text(
        "请删除该目录后重试；手机上需重新安装证书。",
        "Delete the folder and try again; phones then need the new certificate.",
    ),
)
