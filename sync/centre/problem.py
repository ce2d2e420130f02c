"""The centre's refusals, as problem details (RFC 9457)."""

from __future__ import annotations

from collections.abc import Mapping

from store.formats.canonical import canonical
from store.formats.errors import WrongMember

# slug: (status, title). Programs may rely on the slug; title and detail are for people.
KINDS = {
    "bad-request": (400, "The request cannot be read"),
    "digest-mismatch": (400, "The body is not what its digest says"),
    "no-token": (401, "No valid token"),
    "code-refused": (403, "The enrolment code is not accepted"),
    "other-unit": (403, "The token is of another unit"),
    "not-found": (404, "There is no such thing"),
    "method": (405, "This method is not known here"),
    "conflict": (409, "Other content was received before"),
    "fork": (409, "The checkpoint does not extend the one before"),
    "not-next": (409, "This is not the next people list"),
    "behind": (409, "The centre does not hold what came before"),
    "too-large": (413, "The body is too large"),
    "media-type": (415, "The body is of another type"),
    "bad-signature": (422, "The signatures do not hold"),
    "bad-content": (422, "The content is not in the agreed form"),
    "bad-bundle": (422, "The bundle is not accepted"),
    "too-many": (429, "Too many calls"),
    "failed": (500, "The centre failed"),
}


class CallRefused(Exception):
    """A refusal of one of the kinds above; the centre catches it and replies with its document().

    `detail` says what exactly is wrong, without any secret. `headers` are added to the reply. `member` is
    the path of the member that is to blame, if one is.
    """

    def __init__(
        self, slug: str, detail: str, headers: Mapping[str, str] | None = None, *, member: str | None = None
    ) -> None:
        super().__init__(detail)
        self.headers = headers or {}
        self.member = member
        self.slug = slug
        self.status, self.title = KINDS[slug]
        self.detail = detail

    def document(self) -> bytes:
        """The application/problem+json body."""
        told = {
            "type": f"urn:nocopy:problem:{self.slug}",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
        }
        return canonical(told if self.member is None else {**told, "member": self.member})


def not_agreed(wrong: WrongMember, slug: str = "bad-content") -> CallRefused:
    """The refusal for a member. In its detail the words after the comma are a message id, for the office."""
    member = str(wrong.facts["member"])
    return CallRefused(slug, f"“{member}”, {wrong.facts['problem']}", member=member)
