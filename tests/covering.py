"""In a whole run branches are counted only while those tests run that must reach every one of them: counting makes all others slower by half."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Generator

REACHING = ("tests/codes/", "tests/verify/", "tests/ecard/test_lifecycle.py", "tests/ecard/test_carrier_status.py")
"""Whose tests reach every branch of codes, verify and ecard.lifecycle by themselves."""


class Covering:
    """Halts the counting of branches before a test that need not reach any, and takes it up again."""

    def __init__(self) -> None:
        self._halted = False

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        plugin = item.config.pluginmanager.getplugin("_cov")
        counting = getattr(plugin, "cov_controller", None)
        halt = not item.nodeid.startswith(REACHING)
        if counting is not None and halt is not self._halted:
            self._halted = halt
            (counting.pause if halt else counting.resume)()
        return (yield)
