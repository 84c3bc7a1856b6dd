"""Examples of the description: what is sent and what comes back.

`tests/webapp/test_api_description.py` sends each of them, with the references, nonces and proofs of a living card where these stand, and compares the answer
with the example, member by member.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

CARD, PHONE, CHIP, ENROLMENT = (digit * 32 for digit in "c9d4")
NONCE = "q83vEjRWeJCrze8SNFZ4kA"
OWN_NONCE = "AAAAAGsC9TCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA"
PROOF = "0oRYJ6IBKBBvZWNhcmQta2V5LXByb29m"
LATER, NOW = 1795334400, 1795330800
ACT = {"card": CARD, "nonce": OWN_NONCE, "proof": PROOF}
RECEIPT = {
    "number": "MZXW6YTBOI2DQNZY",
    "command": "pre-report-loss",
    "title": {"zh": "电话（网上）挂失", "en": "Report a loss by phone or online"},
    "effective": NOW,
    "card": "C*****7K2",
    "articles": ["ZS-17b", "CQ-11a"],
    "stopped": [{"carrier": "chip", "status": "suspended"}],
    "token": "0oRYIqIBKARIAQIDBAUGBwgQbWVjYXJkLXJlY2VpcHQ",
}
BEGUN = {
    "enrolment": ENROLMENT,
    "card": CARD,
    "region": "CN-CQ",
    "masked_name": "王*芳",
    "fingerprint": "4F2A 91C3",
    "state": "pending",
    "phone": None,
    "provisional_until": None,
    "nonce": NONCE,
    "expires": LATER,
}
WAITING = BEGUN | {"masked_name": None, "nonce": None}
MINE = {
    "card": CARD,
    "region": "CN-CQ",
    "masked_name": "王*芳",
    "number_tail": "7K2",
    "social_tail": "002X",
    "state": "active",
    "issued": NOW,
    "expires": LATER,
    "revision": 4,
    "holds": [],
    "carriers": [
        {"ref": CHIP, "kind": "chip", "state": "active", "status": "valid", "this": False, "provisional_until": None, "created": NOW},
        {"ref": PHONE, "kind": "phone", "state": "active", "status": "valid", "this": True, "provisional_until": None, "created": NOW},
    ],
    "locked_groups": [],
}
EXAMPLES: Mapping[str, Mapping[str, Any]] = {
    "time.now": {"responses": {"200": {"now": 1795330800123}}},
    "enrolments.begin": {"request": {"code": "12345678"}, "responses": {"201": BEGUN}},
    "enrolments.prove": {"request": {"proof": PROOF}, "responses": {"200": WAITING}},
    "enrolments.look": {"responses": {"200": WAITING}},
    "cards.me": {"responses": {"200": {"cards": [MINE], "policy": {"renew_under": {"1": 432000, "2": 172800}, "spares": 2, "batch": 4}}}},
    "cards.timeline": {
        "responses": {
            "200": {
                "entries": [
                    {
                        "at": NOW,
                        "kind": "act",
                        "title": {"zh": "绑定手机", "en": "Bind a phone"},
                        "by": {"zh": "服务网点", "en": "a service point"},
                        "articles": ["CQ-2a", "ZZ-2b"],
                    }
                ],
                "next": None,
            }
        }
    },
    "cards.receipts": {"responses": {"200": {"receipts": [RECEIPT]}}},
    "credentials.renew": {
        "request": {"card": CARD, "phone": PHONE, "nonce": OWN_NONCE, "proof": PROOF, "requests": [{"profile": 1, "proof": PROOF}]},
        "responses": {"201": {"credentials": ["0oRYGKMBKARIAQIDBAUGBwgQGQEloFil"]}},
    },
    "reports.report": {
        "request": {"card": CARD, "of": "card", "phone": None},
        "responses": {"201": {"receipt": RECEIPT, "due": LATER, "gates": {"connected_s": 3, "offline_s": 86400}}},
    },
    "reports.withdraw": {
        "request": {"card": CARD, "of": "card", "phone": None, "nonce": OWN_NONCE, "proof": PROOF},
        "responses": {"200": {"receipt": RECEIPT}},
    },
    "locks.lock": {"request": ACT | {"groups": [3]}, "responses": {"200": {"card": CARD, "revision": 5, "locked": False, "locked_groups": [3]}}},
    "locks.lift": {"request": ACT | {"groups": [3]}, "responses": {"200": {"card": CARD, "revision": 6, "locked": False, "locked_groups": []}}},
    "locks.unbind": {"request": ACT, "responses": {"200": {"card": CARD, "revision": 7}}},
    "spoken.begin": {
        "request": {"card": CARD, "venue": "12345678"},
        "responses": {
            "201": {"locator": "204811937", "secret": "mW7ZIMqcA1CzB2Ul8kG3mW7ZIMqcA1CzB2Ul8kG3aQE", "step": 30, "digits": 8, "expires": LATER}
        },
    },
    "spoken.check": {
        "request": {"locator": "204811937", "code": "12345678"},
        "responses": {
            "200": {
                "verdict": "accepted",
                "reason": None,
                "number": 0,
                "notes": [],
                "iss": "CN-CQ",
                "profile": 2,
                "name": "王*芳",
                "tail": "002X",
                "hint": {"zh": "请继续办理。", "en": "Go on."},
            }
        },
    },
    "terminals.look": {
        "responses": {
            "200": {"terminal": "T-1", "region": "CN-CQ", "venue": "两路口站", "scenes": ["metro"], "venue_number": "12345678", "registered": NOW}
        }
    },
    "challenges.make": {
        "request": {"challenge": "eyJ0eXAiOiJlY2FyZC1jaGFsbGVuZ2Urand0In0.eyJ0ZXJtaW5hbCI6IlQtMSJ9.c2lnbmF0dXJl"},
        "responses": {
            "201": {
                "cnonce": "mW7ZIMqcA1CzB2Ul8kG3mW7ZIMqcA1CzB2Ul8kG3aQE",
                "qr": "SCQ1:mW7ZIMqcA1CzB2Ul8kG3mW7ZIMqcA1CzB2Ul8kG3aQE",
                "terminal": "T-1",
                "venue": "两路口站",
                "region": "CN-CQ",
                "item": "clinic-registration",
                "title": {"zh": "就医挂号与结算", "en": "Registration and settlement at clinics"},
                "fields": [{"name": "name", "zh": "姓名", "en": "your name"}],
                "expires": LATER,
            }
        },
    },
    "regions.ask": {
        "request": {"card_number": "C1234567K", "ground": "theft", "until": LATER, "person": "sc-0042"},
        "responses": {"201": {"request": ENROLMENT, "card": CARD, "ground": "theft", "until": LATER, "asked": NOW, "answer": None, "answered": None}},
    },
    "resolutions.resolve": {
        "request": {"code": "SC1:6BF 60...", "scanned": NOW, "item": "campus", "visit": "2026-0001"},
        "responses": {
            "200": {"resolution": ENROLMENT, "item": "campus", "visit": "2026-0001", "fields": {"masked_name": "王*芳", "tail": "002X"}, "at": NOW}
        },
    },
}
