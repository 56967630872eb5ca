"""What an app says of a cookie when it sets it (RFC 6265bis section 4.1), as a browser reads it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from buckler.drill.transport.answer import Answer


@dataclass(frozen=True, slots=True)
class SetCookie:
    """One cookie. `attributes` are by their names in small letters; those without a value have an empty one."""

    name: str
    value: str
    attributes: Mapping[str, str] = field(default_factory=dict[str, str], compare=False, hash=False)

    def has(self, attribute: str) -> bool:
        """Whether the attribute is there."""
        return attribute in self.attributes

    @property
    def same_site(self) -> str:
        """`strict`, `lax` or `none`; empty where nothing is said, or nothing that browsers know."""
        said = self.attributes.get("samesite", "").lower()
        return said if said in ("strict", "lax", "none") else ""

    @property
    def is_taken(self) -> bool:
        """Whether a browser keeps it: `SameSite=None` and both prefixes ask for `Secure`, and `__Host-` for more."""
        if self.name.startswith("__Host-") and (self.has("domain") or self.attributes.get("path") != "/"):
            return False
        needs_secure = self.name.startswith(("__Host-", "__Secure-")) or self.same_site == "none"
        return self.has("secure") or not needs_secure

    def travels(self, *, top_level_get: bool = False) -> bool:
        """Whether a browser sends it along with a request that a page of another site makes.

        Where nothing is said, some browsers send it and some do as if it were Lax.
        """
        if not self.is_taken:
            return False
        return self.same_site in ("", "none") or (self.same_site == "lax" and top_level_get)


def set_cookies(answer: Answer) -> dict[str, SetCookie]:
    """The cookies that an answer sets, by name."""
    found: dict[str, SetCookie] = {}
    for line in answer.all("set-cookie"):
        pair, *rest = line.split(";")
        name, _, value = pair.strip().partition("=")
        several = [each.strip().partition("=") for each in rest]
        found[name] = SetCookie(name, value, {key.strip().lower(): said.strip() for key, _, said in several})
    return found
