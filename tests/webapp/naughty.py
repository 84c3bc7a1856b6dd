"""Strings that have broken logs, terminals, parsers and spreadsheets before."""

from __future__ import annotations

CONTROL = [
    "\r\nSet-Cookie: a=b",
    '\n{"event": "forged"}',
    "\x1b[2J\x1b[31mred\x1b[0m",
    "\x00",
    "\x07\x08",
    "\x7f",
    "\u0085",
    "\u2028",
    "\u2029",
    "\x0b\x0c",
]
DIRECTION = ["\u202egnp.exe", "\u2066\u2067\u2068\u2069", "\u200e\u200f", "\ufeff", "\u061c"]
MARKUP = [
    "<script>alert(1)</script>",
    "'\"><img src=x onerror=alert(1)>",
    "{{7*7}}",
    "${jndi:ldap://x/a}",
    "%s%n%x",
    "{0.__class__}",
    "'; DROP TABLE card; --",
]
FORMULA = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "|cmd"]
UNICODE = ["１２３", "²", "Ⅷ", "٣", "\ud83d\ude00", "ﬀ", "İ", "ß", "Z̡̖̜̖͕͍̲̟", "𝟙𝟚", "王\u0301", "\U0010ffff"]
LONG = ["a" * 5000, "🀄" * 2000]
ALL = [*CONTROL, *DIRECTION, *MARKUP, *FORMULA, *UNICODE, *LONG]
