"""Reading what a stranger gets of one article on every public surface, and what of it should not be."""

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from html import unescape
from http import HTTPStatus
from typing import NamedTuple
from urllib.parse import quote, unquote

from sqlalchemy import func, select

from tracker.db import db
from tracker.domain import visibility
from tracker.domain.effects import FAULTS, Fault
from tracker.domain.passages import compared
from tracker.domain.terms import vanishes
from tracker.domain.visibility import Terms
from tracker.models import Article, Illustration
from tracker.render import article as rendered
from tracker.render import former, places
from tracker.render.answer import PICTURES
from tracker.render.findable import kept
from tracker.render.lists import Kind, Shelf, path_of
from tracker.render.site import PREFIXES, Site, editions, in_script
from tracker.render.visible import as_rule, as_seen, seen, standing, visible

_SHORTEST = 6
"""A title or a sentence shorter than this is said by anybody."""

_LONGEST_QUERY = 50
_TAG = re.compile(r"<[^>]*>")
_OTHERS = re.compile(r'<nav (?:class="neighbours|aria-label).*?</nav>', re.DOTALL)
_NOTES = re.compile(r'<section class="notes".*?</section>', re.DOTALL)
_HEAD = re.compile(r"<title>.*?</title>|<meta [^>]*>|<script type=.*?</script>", re.DOTALL)
_WRITTEN = re.compile(r'<a href="[^"]*"(?: title="[^"]*")? rel="nofollow noopener">')
"""A link that stands in an author's text: whoever follows it learns why the article is not there."""
_MAIN = re.compile(r"<main.*</main>", re.DOTALL)


class Got(NamedTuple):
    """An answer as a stranger got it; names of headers in lower case, the body unpacked."""

    status: int
    headers: Mapping[str, str]
    text: str


Read = Callable[[str, Mapping[str, str]], Got]
"""Asks for an address with these headers."""


@dataclass
class Found:
    """How many surfaces were read, and what is wrong with which: never the words themselves."""

    surfaces: int = 0
    findings: list[str] = field(default_factory=list)

    def note(self, where: str, fault: Fault) -> None:
        """Add a finding, once."""
        said = f"{where}: {FAULTS[fault]}"
        if said not in self.findings:
            self.findings.append(said)


def look(site: Site, article: Article, etag: str | None, read: Read, now: datetime) -> Found:
    """Read every surface of an article and compare it with what the measures standing at `now` allow.

    `etag` is an old entity tag of its page. Nothing may be open that the answers would wait for.
    """
    return _Look(site, article, etag, read, now).all()


class _Look:
    """One look: what should be so, by the rule alone; what is so, by reading."""

    def __init__(self, site: Site, article: Article, etag: str | None, read: Read, now: datetime) -> None:
        self._site, self._article, self._etag, self._now = site, article, etag, now
        self._path = path_of(article)
        self._own = places.in_each_script([self._path], article.language)
        self._measures = standing([article.id])[article.id]
        self._what = visibility.visibility(map(as_rule, self._measures), now)
        self._read_at = read
        self._found = Found()
        gone = list(self._words_gone())
        self._gone = self._in_each_script(gone)
        self._unique = self._in_each_script(words for words in gone if not self._is_said_elsewhere(words))

    def all(self) -> Found:
        """Read the article's own page in every way and script, then wherever it is listed or found."""
        for path in self._own:
            for encoding in ("", "gzip", "br"):
                self._own_page(path, {"Accept-Encoding": encoding} if encoding else {})
        if self._etag:
            self._conditional(self._etag)
        listed = [path for path in places.affected(self._article, self._now) if path not in self._own]
        for path in dict.fromkeys([*listed, *self._elsewhere()]):
            got = self._get(path)
            self._check(path, got.text, self._unique)
            if not self._what.is_readable and self._names_it(got.text):
                self._found.note(path, Fault.LISTED)
            if path.startswith(PICTURES) and got.status == 200 and not self._may_show(path.removeprefix(PICTURES)):
                self._found.note(path, Fault.PICTURE)
        self._search()
        return self._found

    def _may_show(self, picture: str) -> bool:
        """Say whether this article shows a picture, as readers may see it, or another one that they may see."""
        if self._what.is_readable:
            shown = as_seen(self._site, self._article, self._what).body(self._article).pictures
            if PICTURES + picture in shown:
                return True
        uses = select(Illustration.revision_id).where(Illustration.name == picture)
        others = visible(self._now).where(Article.id != self._article.id, Article.revision_id.in_(uses))
        rows = list(db.session.scalars(others))
        shown_there = seen(self._site, rows, self._now)
        return any(PICTURES + picture in shown_there[row.id].body(row).pictures for row in rows)

    def _get(self, path: str, headers: Mapping[str, str] | None = None) -> Got:
        self._found.surfaces += 1
        return self._read_at(path, headers or {})

    def _own_page(self, path: str, headers: Mapping[str, str]) -> None:
        got = self._get(path, headers)
        expected = self._status()
        if got.status != expected:
            self._found.note(path, Fault.STATUS)
        if expected != 200 and ("no-store" not in got.headers.get("cache-control", "") or "etag" in got.headers):
            self._found.note(path, Fault.KEPT)
        text = _own_words(got.text)
        self._check(path, _NOTES.sub("", text) if self._quotes_old() else text, self._gone)
        if expected == 200 and path == self._path:
            self._check_notes(got.text)
            self._check_restored(got.text)

    def _status(self) -> int:
        return HTTPStatus.GONE if self._what.is_readable and self._article.file_gone_at else self._what.status

    def _quotes_old(self) -> bool:
        return any(measure.terms.quotes_old for measure in self._what.beside)

    def _check_notes(self, text: str) -> None:
        """What stands beside the article must be told, and new words must stand in it."""
        said = compared(_TAG.sub("", unescape(text)))
        for measure in self._what.beside:
            is_told = f'id="note-{measure.number}"' in text
            is_told &= not measure.reply or f'id="reply-{measure.number}"' in text
            is_told &= all(compared(words) in said for words in self._said_beside(measure.terms))
            is_told &= measure.terms.quotes_old or compared(measure.terms.words) in said
            if not is_told and not self._is_masked(measure):
                self._found.note(self._path, Fault.MISSING)

    def _said_beside(self, terms: Terms) -> Iterator[str]:
        """Yield what a measure says beside what it does."""
        yield terms.also_reply
        if terms.also_label_words:
            yield self._site.gettext(terms.also_label_words, self._article.language)

    def _is_masked(self, measure: visibility.Measure) -> bool:
        """Say whether another measure may have taken words out of what this one says."""
        said = compared(measure.terms.words + measure.terms.also_reply)
        return any(words in said for words in self._gone)

    def _check_restored(self, text: str) -> None:
        """What was hidden once is back as it was, if it is made from the same."""
        before = {m.restores_from: m.restores_sha256 for m in self._measures if m.restores_from}
        if not before:
            return
        _, made_from = rendered.restored(self._site, self._article, self._now)
        served = hashlib.sha256(rendered.element_of(text.encode())).hexdigest()
        if before.get(made_from, served) != served:
            self._found.note(self._path, Fault.CHANGED)

    def _conditional(self, etag: str) -> None:
        """Nothing may tell a reader that their copy of what is hidden still holds."""
        got = self._get(self._path, {"If-None-Match": f'"{etag}"'})
        if got.status == 304 and not self._what.is_readable:
            self._found.note(self._path, Fault.STALE)

    def _elsewhere(self) -> Iterator[str]:
        """Yield where else the article might show, whatever its acts write: under the other languages, where a notice begins,
        and on the lists that everybody reads."""
        shelves = (Shelf(self._article.language), Shelf(self._article.language, Kind.CATEGORY, self._article.category))
        lists = [path for shelf in shelves for path in (shelf.path, shelf.feed_path) if path]
        yield from places.in_each_script(lists, self._article.language)
        slugs = sorted(former.slugs([self._article]))
        addresses = [f"{prefix}/articles/{slug}" for slug in slugs for prefix in PREFIXES.values()]
        yield from (address for address in addresses if address not in self._own)
        yield from (f"{PREFIXES[spoken]}/report?article={self._article.slug}" for spoken in self._spoken)
        yield from dict.fromkeys(f"/transparency/cases/{measure.case_id}" for measure in self._measures)

    def _search(self) -> None:
        """Ask for the words that are gone: the article must not be found; ask for others of it: they must not show."""
        for spoken in self._spoken:
            self._search_in(PREFIXES[spoken], spoken)

    def _search_in(self, prefix: str, spoken: str) -> None:
        for words in self._gone:
            if self._names_it(self._get(f"{prefix}/search?q={quote(words[:_LONGEST_QUERY])}").text):
                self._found.note(f"{prefix}/search", Fault.FOUND)
        left = as_seen(self._site, self._article, self._what).findable(self._article).kept.split()
        got = self._get(f"{prefix}/search?q={quote(in_script(max(left, key=len)[:_SHORTEST], spoken))}")
        if not self._what.is_readable and self._names_it(got.text):
            self._found.note(f"{prefix}/search", Fault.FOUND)
        own = [entry for entry in got.text.split('<li class="entry">')[1:] if self._names_it(entry)]
        self._check(f"{prefix}/search", "".join(own), self._gone)

    def _check(self, where: str, text: str, gone: Sequence[str]) -> None:
        """Note when any words show, in the text, across tags, in an attribute or in an address."""
        if not gone:
            return
        forms = compared(unescape(text)), compared(unescape(_TAG.sub("", text))), compared(unquote(text))
        if any(words in form for words in gone for form in forms):
            self._found.note(where, Fault.WORDS)

    def _names_it(self, text: str) -> bool:
        own = f"(?:{'|'.join(map(re.escape, self._own))})"
        named = rf'"(?:{re.escape(self._site.base_url)})?{own}"|{own}</(?:loc|id)>'
        return re.search(named, _WRITTEN.sub("", text)) is not None

    @property
    def _spoken(self) -> list[str]:
        return editions(self._article.language)

    def _in_each_script(self, gone: Iterable[str]) -> list[str]:
        """Return words as readers of each script would see them."""
        each = [compared(in_script(words, spoken)) for words in gone for spoken in self._spoken]
        return list(dict.fromkeys(each))

    def _words_gone(self) -> Iterator[str]:
        """Yield, as compared, what no reader may see."""
        if not self._what.is_readable:
            title_and_summary = (self._article.title, self._article.summary)
            bare = as_seen(self._site, self._article, visibility.visibility([], self._now))
            lines = bare.body(self._article).text.splitlines()
            for text in (*title_and_summary, *lines[:3]):
                if len(words := compared(text)) >= _SHORTEST:
                    yield words
            return
        shown = as_seen(self._site, self._article, self._what)
        left = compared(shown.body(self._article).text)
        for measure in self._what.edits:
            for passage in measure.terms.passages:
                words = compared(passage.exact)
                if vanishes(passage) and (passage.is_everywhere or words not in left):
                    yield words

    def _is_said_elsewhere(self, words: str) -> bool:
        """Say whether lists show the words rightly: another article says them, a category, or the site itself."""
        same = func.instr if db.engine.dialect.name == "sqlite" else func.strpos
        said = same(func.replace(Article.search_text, " ", ""), kept(words).replace(" ", "")) > 0
        others = visible(self._now).where(Article.id != self._article.id, said)
        return words in self._ours or bool(db.session.scalar(select(others.exists())))

    @cached_property
    def _ours(self) -> str:
        """Return what the site itself says on its pages, as compared."""
        texts = [text for by_language in self._site.category_texts.values() for text in by_language.values()]
        frames = [self._get(f"{prefix}/search").text for prefix in PREFIXES.values()]
        return compared("\n".join([*(f"{text.name}\n{text.summary}" for text in texts), *map(unescape, frames)]))


def _own_words(page: str) -> str:
    """Return what an article's page says of the article itself: no other article's title, nothing of the frame."""
    main = _MAIN.search(page)
    return "".join(_HEAD.findall(page)) + _OTHERS.sub("", main[0] if main else page)
