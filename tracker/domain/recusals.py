"""Conflict of interest: what somebody keeps out of, and whether a case is about that."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

from tracker.domain.errors import N_, DomainError, Incomplete
from tracker.domain.text import bare, clean_line, mailbox

LONGEST = 254


class About(StrEnum):
    """By what somebody names what they keep out of."""

    PUBLISHER = "publisher"
    DOMAIN = "domain"
    ARTICLE = "article"


LABELS: dict[About, str] = {
    About.PUBLISHER: N_("发布者"),
    About.DOMAIN: N_("域名"),
    About.ARTICLE: N_("文章"),
}

HINTS: dict[About, str] = {
    About.PUBLISHER: N_("发布者的名称或邮箱。"),
    About.DOMAIN: N_("例如example.org：文章的来源、发布者或通知人的邮箱用这个域名或它的子域名。"),
    About.ARTICLE: N_("文章的地址，或者地址里/articles/后面的部分。"),
}


@dataclass(frozen=True)
class Matter:
    """What a case is about, as far as somebody may have an interest in it; all as `normal` gives it."""

    article: str
    publishers: frozenset[str]
    domains: frozenset[str]


def normal(about: About, typed: str) -> str:
    """Return what was typed as it is compared; raise Incomplete for `value` when it names nothing."""
    text = clean_line(typed)
    found = {About.PUBLISHER: _publisher, About.DOMAIN: _domain, About.ARTICLE: _article}[about](text)
    if not bare(found) or len(found) > LONGEST or (about is About.DOMAIN and "." not in found):
        raise Incomplete({"value": DomainError(HINTS[about])})
    return found


def matter(slug: str, publisher: str, publisher_email: str, source_url: str, mails: Iterable[str]) -> Matter:
    """Return what a case is about: its article, its publisher, and the domains of source, publisher and notifiers."""
    domains = {_host(source_url), *(address.rpartition("@")[2].casefold() for address in (publisher_email, *mails))}
    publishers = {_publisher(clean_line(name)) for name in (publisher, publisher_email)}
    return Matter(slug, frozenset(publishers - {""}), frozenset(domains - {""}))


def concerns(kept_out: Collection[tuple[About, str]], found: Matter) -> bool:
    """Say whether a case is about something on this list."""
    return any(
        (about is About.ARTICLE and value == found.article)
        or (about is About.PUBLISHER and value in found.publishers)
        or (about is About.DOMAIN and any(f".{domain}".endswith(f".{value}") for domain in found.domains))
        for about, value in kept_out
    )


def _publisher(text: str) -> str:
    return mailbox(text) if "@" in text else text.casefold()


def _domain(text: str) -> str:
    return _host(text if "//" in text else f"//{text.rpartition('@')[2]}")


def _article(text: str) -> str:
    return text.partition("?")[0].partition("#")[0].rstrip("/").rpartition("/")[2]


def _host(address: str) -> str:
    try:
        return (urlsplit(address).hostname or "").strip(".").casefold()
    except ValueError:
        return ""
