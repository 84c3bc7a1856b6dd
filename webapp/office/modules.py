"""`ecard office module-key`: a signing key of the office moves into a hardware module, or is made there.

    --import    the key in keys/NAME.pem is put into the module, found to sign as before, and its file destroyed; its public half, and so the trust documents, stay
    --make      the next status key of a region is made inside the module, where nobody will ever read it; `ecard trust status-key --use` takes it up

A key that lay in a file may be in a backup of that file. Whoever wants keys that never were outside takes every status key from `--make`, and enters issuing keys
that were made in the module by `ecard trust issuer`.
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric import ec

from codes.errors import SetupError, StateError
from codes.keys import CoseKey
from ecard import faults as record
from ecard.folder import SECRET, sync_folder, write_whole
from ecard.keyfiles import Kind, from_pem, read_private
from ecard.keyring import may_lie_in_module
from ecard.modulekeys import KeyPlace, ModuleSigner
from webapp.office.answering import DONE, say
from webapp.office.arguments import add_verb
from webapp.office.settings import read_settings
from webapp.office.statuskeys import prepare

if TYPE_CHECKING:
    from datetime import datetime

    from webapp.office.settings import OfficeSettings

_NEXT = "status-next"


def add_module_key(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Put the verb among those of `ecard office`."""
    found = add_verb(verbs, "module-key", "把签名密钥放入密码机（PKCS#11）", "put a signing key into a hardware module (PKCS#11)", module_key)
    found.add_argument("name", type=_name, metavar="NAME", help="密钥名，如 CN-CQ.issuer-phone / the key, as its file is called")
    says = "密钥在密码机中的位置，含 module-path 与 pin-source / where it lies, with its library and the file of the PIN"
    found.add_argument("--uri", required=True, metavar="pkcs11:...", help=says)
    how = found.add_mutually_exclusive_group(required=True)
    how.add_argument(
        "--import", dest="bring", action="store_true", help="移入现有密钥并销毁其文件 / move the key that there is, and destroy its file"
    )
    how.add_argument("--make", action="store_true", help="在密码机内生成（仅下一把状态密钥）/ make it inside, for the next status key")


def module_key(options: argparse.Namespace) -> int:
    """Move a key in, or make one."""
    settings, name, place = read_settings(options.office), options.name, KeyPlace.parse(options.uri)
    public = _make(settings, name, place, at=options.clock()) if options.make else _bring(settings, name, place)
    lines = [f"✓ 密钥在密码机内 / the key lies in the module: {name}  {public.kid().hex()}"]
    if options.make:
        lines.append("  请执行 ecard publish；届时执行 ecard trust status-key --use / publish now, and take it up later with --use")
    else:
        lines.append("  密钥文件已销毁；备份中的旧文件也请销毁 / its file is destroyed; destroy what backups hold of it, too")
    say(options, {"name": name, "kid": public.kid().hex()}, lines)
    return DONE


def _bring(settings: OfficeSettings, name: str, place: KeyPlace) -> CoseKey:
    """Put the key in, let it sign there, note it, and only then destroy its file. Raises `StateError` key-module-taken; `SetupError`: key-*."""
    from ecard.hsm import put_key  # noqa: PLC0415 because only a house with a module installs the extra

    path = settings.keys / f"{name}.pem"
    private = from_pem(read_private(path), Kind.P256, path.name)
    if not isinstance(private, ec.EllipticCurvePrivateKey):
        raise TypeError(name)
    put_key(place, private)
    signer = ModuleSigner(place, CoseKey.of(private.public_key()))
    signer.sign(name.encode())
    write_whole(path.with_suffix(".pkcs11"), signer.page(), mode=SECRET)
    try:
        path.unlink()  # a run that dies before this leaves both, and the office says so
        sync_folder(settings.keys)
    except OSError as problem:
        raise SetupError(record.FOLDER_UNWRITABLE, file=path.name, problem=problem.strerror) from problem
    return signer.public_key


def _make(settings: OfficeSettings, name: str, place: KeyPlace, *, at: datetime) -> CoseKey:
    region, _, purpose = name.partition(".")
    if purpose != _NEXT or region not in settings.regions:
        raise StateError(record.KEY_MODULE, problem=f"--make is for <region>.{_NEXT}; bring another key in with --import")
    return prepare(settings, region, at=at, place=place).key


def _name(text: str) -> str:
    if not may_lie_in_module(text):
        raise argparse.ArgumentTypeError(f"{text!r} 不是可放入密码机的密钥 / is no key that a module can hold")
    return text
