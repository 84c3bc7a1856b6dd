"""Every screen of the resident app in every state that it has words for: how to get there, once, for whoever measures and whoever takes pictures."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.browser.resident import Resident
from tests.webapp.test_api_terminal import clinic

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Page

    from tests.browser.stand import Stand
    from tests.webapp.test_api_terminal import Clinic

    Way = Callable[["Walker"], None]

DAY = 86400
MODES = ("standard", "elder")
LANGUAGES = ("zh-CN", "en")


@dataclass
class Walker:
    """Somebody who knows every way."""

    resident: Resident
    stand: Stand
    card: str

    @property
    def page(self) -> Page:
        return self.resident.page

    @cached_property
    def terminal(self) -> Clinic:
        """A terminal that asks people."""
        return clinic(self.stand.hall)

    def route(self, route: str, wait: str = "main") -> None:
        """A page by its address, from anywhere in the app."""
        self.page.evaluate("(route) => { location.hash = '#/' + route; }", route)
        expect(self.page.locator(wait).first).to_be_visible()
        self.page.wait_for_timeout(150)

    def keep(self, change: dict[str, object]) -> None:
        """Change what the phone keeps of its card, as the service or the years would, and open the app again."""
        self.page.evaluate(CHANGE, json.dumps(change))
        self.page.reload()
        expect(self.page.locator("main")).to_be_visible()
        self.page.wait_for_timeout(400)


def _held(kind: str, due: str | None = None) -> dict[str, object]:
    return {"says": {"holds": [{"ref": "h", "kind": kind, "carrier": None, "placed": "@-600", "until": None, "due": due}]}}


STATES: dict[str, dict[str, object]] = {
    "offline": {},
    "aging": {"left": 5 * 3600},
    "expired": {"left": -2 * DAY},
    "empty": {"held_by": "elsewhere"},
    "unsynced": {"clock": {"measured": None, "offset": 0}},
    "clock-fast": {"clock": {"offset": -240_000, "seen": 0}},
    "lost": _held("pre-loss", f"@{15 * DAY}"),
    "frozen": _held("freeze"),
    "locked": _held("self-lock"),
    "drift": _held("drift"),
    "unbound": {"phone": {"state": "ended"}},
    "provisional-ended": {"phone": {"provisional_until": "@-60"}},
    "replaced": {"says": {"state": "ended"}},
}
"""States of a card while the service is away, and what the phone keeps then; times are "@" and seconds from now."""

_STORE = """const { PhoneStore } = await import(document.querySelector("script[type=module]").src.replace("app/start.js", "shared/store.js"));
    const store = await PhoneStore.open();
    document.addEventListener("visibilitychange", (event) => event.stopImmediatePropagation(), true);  // the page that goes keeps nothing any more
    const [card] = await store.all("cards"), held = await store.all("credentials"), clock = await store.recall("clock");"""
CHANGE = f"""async (wanted) => {{
    {_STORE}
    const now = Math.floor(Date.now() / 1000);
    const {{ says, phone, left, held_by, clock: time }} = JSON.parse(wanted.replace(/"@(-?\\d+)"/g, (_, by) => String(now + Number(by))));
    card.says = {{ ...card.says, ...says }};
    card.says.carriers = card.says.carriers.map((one) => (one.this ? {{ ...one, ...phone }} : one));
    await store.put("cards", card);
    await store.remember("clock", {{ ...clock, ...time }});
    for (const one of held) await store.put("credentials", {{ ...one, exp: left === undefined ? one.exp : now + left, card: held_by ?? one.card }});
}}"""
KEPT = f"""async () => {{
    {_STORE}
    return JSON.stringify({{ card, clock, held: held.map(({{ sub, exp, card }}) => ({{ sub, exp, card }})) }});
}}"""
RESTORE = f"""async (kept) => {{
    {_STORE}
    const before = JSON.parse(kept);
    await store.put("cards", before.card);
    await store.remember("clock", before.clock);
    for (const row of before.held) await store.put("credentials", {{ ...(await store.get("credentials", row.sub)), ...row }});
}}"""


def _loss_confirm(walker: Walker) -> None:
    walker.route("home")
    walker.route("loss", ".block")
    walker.page.locator(".button--danger").first.click()
    expect(walker.page.locator(".lead")).to_be_visible()


def _identity_shown(walker: Walker) -> None:
    walker.route("home")
    walker.route("identity", ".lead")
    walker.page.locator(".button--main").first.click()
    expect(walker.page.locator(".paper canvas")).to_be_visible()
    walker.page.wait_for_timeout(300)


def _challenge(walker: Walker) -> None:
    _identity_shown(walker)
    walker.page.locator(".page > .button--plain").first.click()
    walker.page.fill("[name=challenge]", "zz")
    walker.page.locator("form .button--main").click()
    expect(walker.page.locator(".note--bad")).to_be_visible()


def _consent(walker: Walker) -> None:
    asked = walker.terminal.done("POST", "/v1/challenges", {"challenge": walker.terminal.challenge()})
    _identity_shown(walker)
    walker.page.locator(".page > .button--plain").first.click()
    walker.page.fill("[name=challenge]", asked["qr"])
    walker.page.locator("form .button--main").click()
    expect(walker.page.locator(".block .facts")).to_be_visible()


def _consent_given(walker: Walker) -> None:
    _consent(walker)
    walker.page.locator(".block .button--main").click()
    expect(walker.page.locator(".note--ok")).to_be_visible()
    walker.page.wait_for_timeout(400)


def _not_mine(walker: Walker) -> None:
    walker.route("home")
    walker.route("record", ".event__doubt")
    walker.page.locator(".event__doubt").first.click()
    expect(walker.page.locator(".button--danger")).to_be_visible()


def _spoken(walker: Walker) -> None:
    walker.route("home")
    walker.route("spoken", "[name=venue]")
    walker.page.fill("[name=venue]", "12345678")
    walker.page.locator("form .button--main").click()
    expect(walker.page.locator(".spoken").nth(1)).to_be_visible()
    walker.page.wait_for_timeout(200)


def _unbind(walker: Walker) -> None:
    walker.route("home")
    walker.route("phones", ".carrier")
    walker.page.locator(".carrier .text-button").first.click()
    expect(walker.page.locator(".button--danger")).to_be_visible()


ONLINE: dict[str, Way] = {
    "home": lambda walker: walker.route("home", ".code canvas"),
    "big": lambda walker: walker.route("big", ".big canvas"),
    "identity": lambda walker: walker.route("identity", ".lead"),
    "identity-shown": _identity_shown,
    "challenge": _challenge,
    "consent": _consent,
    "consent-given": _consent_given,
    "loss": lambda walker: walker.route("loss", ".block"),
    "loss-confirm": _loss_confirm,
    "lock": lambda walker: walker.route("lock", ".lead"),
    "spoken": _spoken,
    "record": lambda walker: walker.route("record", ".event"),
    "notmine": _not_mine,
    "receipts": lambda walker: walker.route("receipts", ".block"),
    "mine": lambda walker: walker.route("mine", ".rows"),
    "phones": lambda walker: walker.route("phones", ".carrier"),
    "phones-unbind": _unbind,
    "clock": lambda walker: walker.route("clock", ".facts"),
    "licences": lambda walker: walker.route("licences", ".licences"),
    "activation": lambda walker: walker.route("activation", "[name=code]"),
}
"""Pages of an enabled phone with a network."""


def enabled(stand: Stand, page: Page, look: Callable[[str], None] = lambda _: None) -> Walker:
    """A phone that a chip endorsed, with a card."""
    card = stand.hall.shell.active()
    resident = Resident(page, stand)
    resident.activate_with_chip(card, look)
    return Walker(resident, stand, card)


def dress(page: Page, *, mode: str = "standard", language: str = "zh-CN", size: str = "standard") -> None:
    """The edition, language and text size that a person chose."""
    chosen = {"language": language, "size": size, "elder": mode == "elder", "strip": True, "ready": False}
    page.evaluate("(chosen) => localStorage.setItem('ecard-settings', JSON.stringify(chosen))", chosen)
    page.reload()
    expect(page.locator("main")).to_be_visible()


def online(walker: Walker) -> Iterator[str]:
    """Go to every page, one after another; at the end the card is reported lost, and found."""
    for name, way in ONLINE.items():
        way(walker)
        yield name
    yield from away(walker)
    walker.page.wait_for_timeout(1000)
    yield from reported(walker)


def reported(walker: Walker) -> Iterator[str]:
    """The card reported lost: what is said then, and what stands on the page afterwards."""
    _loss_confirm(walker)
    walker.page.locator(".button--danger").click()
    expect(walker.page.locator(".note--ok")).to_be_visible()
    yield "loss-done"
    walker.route("home", ".code canvas")
    walker.page.wait_for_timeout(500)
    walker.route("loss", ".note--bad")
    yield "loss-reported"
    walker.page.locator(".note--bad .button").first.click()
    expect(walker.page.locator(".lead")).to_be_visible()
    yield "loss-found"
    walker.page.locator(".page > .button--main").click()
    expect(walker.page.locator(".note--ok")).to_be_visible()
    yield "loss-withdrawn"


def away(walker: Walker) -> Iterator[str]:
    """What cannot be done without a network."""
    walker.stand.stop()
    walker.page.evaluate("dispatchEvent(new Event('offline'))")
    walker.route("home", ".code canvas")
    walker.route("loss", ".button--danger")
    yield "loss-offline"
    walker.stand.start()
    walker.page.evaluate("dispatchEvent(new Event('online'))")
    walker.route("home")


def states(walker: Walker) -> Iterator[str]:
    """Every state of the card, the service being away so that it does not put things right."""
    walker.route("home")
    walker.stand.stop()
    kept = walker.page.evaluate(KEPT)
    for name, change in STATES.items():
        walker.keep(change)
        yield name
        walker.page.evaluate(RESTORE, kept)
    walker.page.reload()
    walker.stand.start()
