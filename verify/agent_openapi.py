"""The agent's description of itself: OpenAPI 3.1, small enough to read."""

from __future__ import annotations

from typing import Any

from codes.presentation import MAX_CNONCE, MIN_CNONCE

_TEXTS = {"type": "object", "required": ["zh", "en"], "properties": {"zh": {"type": "string"}, "en": {"type": "string"}}}
_SEQ = {"type": ["integer", "null"], "description": "seq of the journal's entry; null where no journal is kept"}


def openapi() -> dict[str, Any]:
    """The document of /v1/openapi.json."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "终端服务 / terminal agent",
            "version": "1",
            "description": "电子社保卡离线验码（演示系统），只在本机。/ The offline verdict, on this machine only.",
        },
        "paths": {
            "/v1/verify": _post(
                "判断一次扫到的文本 / the verdict on a scanned text",
                {
                    "type": "object",
                    "required": ["text"],
                    "additionalProperties": False,
                    "properties": {
                        "text": {"type": "string", "description": "扫码枪读到的全部文本 / all that the scanner read"},
                        "challenge": {"type": "string", "pattern": f"^([0-9a-fA-F]{{2}}){{{MIN_CNONCE},{MAX_CNONCE}}}$"},
                    },
                },
                "Verdict",
            ),
            "/v1/passage": _post(
                "闸门是否打开 / whether the gate opened",
                {
                    "type": "object",
                    "required": ["seq", "opened"],
                    "additionalProperties": False,
                    "properties": {"seq": {"type": "integer"}, "opened": {"type": "boolean"}},
                },
                "Passage",
            ),
            "/v1/chip": _post(
                "判断读卡器中的卡 / the verdict on the chip in the reader",
                {"type": "object", "additionalProperties": False, "maxProperties": 0},
                "Verdict",
            ),
            "/v1/spoken": _get("本窗口的号码 / the number of this venue", {"$ref": "#/components/schemas/Venue"})
            | _post(
                "联网核对口述码 / a spoken code, checked online",
                {
                    "type": "object",
                    "required": ["locator", "code"],
                    "additionalProperties": False,
                    "properties": {"locator": {"type": "string", "pattern": "^[0-9]{9}$"}, "code": {"type": "string", "pattern": "^[0-9]{8}$"}},
                },
                "Verdict",
            ),
            "/v1/health": _get("终端健康状况 / how the terminal is", {"$ref": "#/components/schemas/Health"}),
            "/v1/openapi.json": _get("本文档 / this document", {"type": "object"}),
        },
        "components": {"schemas": _SCHEMAS},
    }


def _post(summary: str, body: dict[str, Any], answer: str) -> dict[str, Any]:
    asked = {"required": True, "content": {"application/json": {"schema": body}}}
    return {"post": {"summary": summary, "requestBody": asked, "responses": _responses({"$ref": f"#/components/schemas/{answer}"})}}


def _get(summary: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"get": {"summary": summary, "responses": _responses(schema)}}


def _responses(schema: dict[str, Any]) -> dict[str, Any]:
    problem = {"description": "问题 / problem", "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}}
    return {"200": {"description": "完成 / done", "content": {"application/json": {"schema": schema}}}, "default": problem}


_SCHEMAS: dict[str, Any] = {
    "Verdict": {
        "type": "object",
        "required": ["verdict", "reason", "number", "notes", "as_of", "status_age_s", "step", "hint", "colour", "tone", "public", "staff", "seq"],
        "properties": {
            "verdict": {"enum": ["accepted", "refused", "inconclusive"]},
            "reason": {"type": ["string", "null"]},
            "number": {"type": "integer"},
            "notes": {"type": "array", "items": {"type": "string"}},
            "iss": {"type": ["string", "null"]},
            "profile": {"type": ["integer", "null"]},
            "fare": {"type": ["integer", "null"]},
            "as_of": {"type": ["string", "null"], "format": "date-time"},
            "status_age_s": {"type": ["integer", "null"]},
            "step": {"type": ["integer", "null"]},
            "hint": _TEXTS,
            "colour": {"type": "string"},
            "tone": {"type": "string"},
            "public": _TEXTS,
            "staff": _TEXTS,
            "code": {"type": "string"},
            "facts": {"type": "object"},
            "name": {"type": "string"},
            "tail": {"type": "string"},
            "seq": _SEQ,
        },
    },
    "Venue": {
        "type": "object",
        "required": ["venue", "number"],
        "properties": {"venue": {"type": "string"}, "number": {"type": "string", "pattern": "^[0-9]{8}$"}},
    },
    "Passage": {"type": "object", "required": ["seq", "released"], "properties": {"seq": {"type": "integer"}, "released": {"type": "boolean"}}},
    "Health": {
        "type": "object",
        "required": ["terminal", "ready", "problems", "neighbours", "rules", "inputs"],
        "properties": {
            "terminal": {"type": "string"},
            "ready": {"type": "boolean"},
            "problems": {"type": "array", "items": {"type": "object"}},
            "neighbours": {"type": ["object", "null"]},
            "rules": {"type": ["object", "null"], "description": "title, class, freshness of the scene"},
            "inputs": {
                "type": "object",
                "required": ["chip", "spoken"],
                "properties": {"chip": {"type": "boolean"}, "spoken": {"type": "boolean"}},
            },
        },
    },
    "Problem": {
        "type": "object",
        "required": ["type", "title", "status", "code", "hint", "facts"],
        "properties": {
            "type": {"const": "about:blank"},
            "title": {"type": "string"},
            "status": {"type": "integer"},
            "code": {"type": "string", "description": "docs/errors.md"},
            "hint": _TEXTS,
            "facts": {"type": "object"},
        },
    },
}
