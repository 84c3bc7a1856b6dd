"""Strings that have broken other people's pages, tables and logs: markup, scripts, templates, formulas, directions and line ends."""

from __future__ import annotations

NAUGHTY = (
    "<script>alert(1)</script>",
    "\"><script>alert('x')</script>",
    "'><img src=x onerror=alert(2)>",
    "<svg/onload=alert(3)>",
    "javascript:alert(4)",
    "<iframe srcdoc='<script>alert(5)</script>'>",
    "</title><script>alert(6)</script>",
    "</textarea><script>alert(7)</script>",
    "<a href=javascript:alert(8)>点我</a>",
    "{{ 7*7 }}{% raw %}",
    "${7*7} #{7*7} <%= 7*7 %>",
    "' OR 1=1 --",
    "%00 %0d%0a %s %x",
    "&lt;b&gt; &amp; &#60;script&#62;",
    "<style>body{display:none}</style>",
    "<base href=//evil.example>",
    "<meta http-equiv=refresh content=0>",
    "＜script＞alert(9)＜/script＞",
    "Ω≈ç√∫˜µ≤≥÷ 部落格 ﷽ Ṱ̺̺h̸e",
    "NULL undefined NaN -1/0 1e309",
)
FORMULAS = ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "＝1+1", " =HYPERLINK(1)", "\u200b=1")
