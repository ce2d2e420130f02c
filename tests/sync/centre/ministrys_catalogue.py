"""What the ministry publishes to its units."""

from __future__ import annotations

from typing import Any

MINISTRYS: dict[str, Any] = {
    "documents": [
        {
            "code": "D02",
            "name": "ทะเบียนบ้าน (กระทรวง)",
            "short": "ทะเบียนบ้าน",
            "owner": "กรมการปกครอง",
            "channels": ["linkage", "copy", "sighted"],
            "keep": ["houseNo"],
            "linkage": {"office": "00023", "service": "008", "version": "02"},
        }
    ],
    "services": [
        {
            "code": "S77",
            "name": "ขึ้นทะเบียนเกษตรกร",
            "purpose": "ขึ้นทะเบียน",
            "legal": "พ.ร.บ. ...",
            "documents": [{"document": "D02", "need": "required", "whose": "subject"}],
        }
    ],
}
