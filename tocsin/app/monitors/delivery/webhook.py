"""Alerts as signed JSON to an address of one's own.

The body is signed with HMAC-SHA256 (RFC 2104) over ``TIMESTAMP.BODY``; the receiver reckons it
again with the shared key, compares in constant time, and refuses old timestamps.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from typing import Any

from tocsin.app.monitors.delivery.failures import status_message
from tocsin.app.monitors.delivery.guard import guarded
from tocsin.core.errors import TocsinError
from tocsin.core.settings import AlertSettings

TIMESTAMP, SIGNATURE, ID = "X-Tocsin-Timestamp", "X-Tocsin-Signature", "X-Tocsin-Id"


def sign(key: bytes, timestamp: str, body: bytes) -> str:
    """``sha256=`` and the hexadecimal HMAC of ``TIMESTAMP.BODY``."""
    return "sha256=" + hmac.digest(key, timestamp.encode() + b"." + body, hashlib.sha256).hex()


def post(settings: AlertSettings, url: str, document: Mapping[str, Any], name: str) -> None:
    """Send a document. ``name`` is the same whenever the same alerts are sent again.

    Raises:
        OSError, TocsinError: it was not taken (any answer but 2xx; redirects are not followed).
    """
    import requests

    body = json.dumps(document, ensure_ascii=False).encode("utf-8", "replace")
    timestamp = str(int(time.time()))
    headers = {"Content-Type": "application/json", TIMESTAMP: timestamp, ID: name}
    if key := settings.webhook_secret.get_secret_value():
        headers[SIGNATURE] = sign(key.encode(), timestamp, body)
    with guarded(settings.allow_private), requests.Session() as session:
        answer = session.post(
            url, data=body, headers=headers, timeout=settings.timeout, allow_redirects=False
        )
        answer.close()
    if not 200 <= answer.status_code < 300:
        raise TocsinError(status_message(answer.status_code))
