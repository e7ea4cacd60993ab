"""What makes a notice acceptable: the checks that read the table of elements."""

import hashlib
import json
import re
import unicodedata
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple
from urllib.parse import unquote, urljoin, urlsplit

from tracker.domain import quotes
from tracker.domain.attachments import Attachment
from tracker.domain.categories import Category
from tracker.domain.countries import CODES
from tracker.domain.elements import AGREED, Element, Format, Kind
from tracker.domain.errors import N_, DomainError
from tracker.domain.text import bare, clean, clean_line, comparable

MANY_LINES = frozenset({Kind.TEXT, Kind.ADDRESSES})
CODES_IN_CAPITALS = frozenset({Format.COUNTRY, Format.ORG_ID})

MOST_TYPED = 2000
"""Addresses that are looked through; of one notice's articles there may be MAX_ADDRESSES."""

_FEWEST_DIGITS = 5
_ORG_ID_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_ORG_ID_LENGTH = 18
_LONGEST_ADDRESS = 2000
_THIS_MACHINE = frozenset({"localhost", "127.0.0.1", "::1"})  # one site, whichever way it was typed
_AROUND = "<>()[]{}'\"“”‘’「」《》【】（）,;，。；、!"
_SLUG = "[a-z0-9-]{1,200}"
_GLUED = re.compile(  # words before an address, and whatever comes after a mark that ends it
    r"^.*?(?<![\w./=&?%#-])(?=https?://)|(?<=[\w/-])[.:?]*(?:[,。;、!)》”’」』】].*|$)", re.ASCII | re.IGNORECASE
)
_ARTICLE_PATH = re.compile(rf"(?:/[a-z]{{2}}(?:-[a-z]+)?)?/articles/({_SLUG})/*")

_DAY = re.compile(r"(\d{4})(?: ?年 ?|[-/.])(\d{1,2})(?: ?月 ?|[-/.])(\d{1,2}) ?日?")
"""A day as people write it, largest first: in the other orders nobody knows which is the month."""


def clean_answer(element: Element, value: str) -> str:
    """Return an answer as it is stored."""
    if element.kind in MANY_LINES:
        return clean(value)
    line = clean_line(value)
    if element.kind is Kind.HIDDEN:
        return quotes.packed(quotes.unpacked(line))
    if element.format is Format.DATE and (day := _DAY.fullmatch(unicodedata.normalize("NFKC", line))):
        return f"{day[1]}-{day[2]:0>2}-{day[3]:0>2}"
    if element.format in CODES_IN_CAPITALS and line.isascii():
        return "".join(line.split()).upper()
    return line


def addresses(answer: str) -> list[tuple[int, str]]:
    """Return the addresses in a cleaned answer, each with the number of the line it stands on."""
    return [(number, word) for number, line in enumerate(answer.splitlines(), 1) for word in line.split()]


def slug_of(address: str, base_url: str) -> str | None:
    """Return the slug that an address names on the site at `base_url`, or None when it names no article there.

    Takes a full address, one without its scheme, a path or a bare slug. Scheme, port, www, language, query, fragment
    and the punctuation around a pasted address do not matter.
    """
    if len(address) > _LONGEST_ADDRESS:
        return None
    typed = _GLUED.sub("", unicodedata.normalize("NFKC", address)).strip(_AROUND)
    if re.fullmatch(_SLUG, typed.lower()):
        return typed.lower()
    return _slug_in(typed, base_url) or _slug_in(f"//{typed}", base_url)


def left_out(answer: str, slugs: Collection[str], base_url: str) -> list[str]:
    """Return the addresses in a cleaned answer that name none of `slugs`: their sender went on without them."""
    words = (word for _, word in addresses(answer))
    return list(dict.fromkeys(word for word in words if slug_of(word, base_url) not in slugs))


def is_on(address: str, base_url: str) -> bool:
    """Say whether an address leads to the site at `base_url`, to whatever page."""
    typed = _GLUED.sub("", unicodedata.normalize("NFKC", address[:_LONGEST_ADDRESS])).strip(_AROUND)
    return any(_is_same_host(reference, base_url) for reference in (typed, f"//{typed}") if "/" in reference)


def _is_same_host(reference: str, base_url: str) -> bool:
    try:
        url = urlsplit(urljoin(f"{base_url}/", reference))
        return url.scheme in {"http", "https"} and _host(url.hostname) == _host(urlsplit(base_url).hostname)
    except ValueError:  # not an address at all, or not a host
        return False


def _slug_in(reference: str, base_url: str) -> str | None:
    if not _is_same_host(reference, base_url):
        return None
    url = urlsplit(urljoin(f"{base_url}/", reference))
    found = _ARTICLE_PATH.fullmatch(unquote(url.path).lower())
    return found[1] if found else None


def _host(name: str | None) -> str:
    host = (name or "").removeprefix("www.").rstrip(".").encode("idna").decode()
    return "localhost" if host in _THIS_MACHINE else host


def problem(element: Element, answer: str, *, required: bool) -> DomainError | None:
    """Return what is wrong with a cleaned answer, or None."""
    if element.kind is Kind.HIDDEN:
        return None
    if not bare(answer):
        return _missing(element) if required else None
    if element.kind is Kind.STATEMENT:
        return None if answer in AGREED else _missing(element)
    if element.kind is Kind.CHOICE:
        is_listed = answer in {value for value, _ in element.options}
        return None if is_listed else DomainError(N_("请从所列选项中选择一项。"))
    if element.kind is Kind.ADDRESSES:
        return _too_many(answer)
    return _length_problem(element, answer) or _phone_problem(element, answer) or _format_problem(element, answer)


def _too_many(answer: str) -> DomainError | None:
    """Refuse what is too much to look through; how many different articles it names is counted once they are found."""
    number = len({word for _, word in addresses(answer)})
    if number <= MOST_TYPED:
        return None
    return DomainError(
        N_("最多粘贴%(most)s个地址，现在是%(number)s个。请分成几份通知提交。"), most=MOST_TYPED, number=number
    )


def _length_problem(element: Element, answer: str) -> DomainError | None:
    if len(answer) > element.most:
        return DomainError(
            N_("最多%(most)s个字，现在是%(length)s个字，请缩短。"), most=element.most, length=len(answer)
        )
    if len(bare(answer)) < element.fewest:
        return DomainError(
            N_("至少%(fewest)s个字，现在是%(length)s个字，请补充。"), fewest=element.fewest, length=len(bare(answer))
        )
    return None


def _phone_problem(element: Element, answer: str) -> DomainError | None:
    if element.kind is Kind.PHONE and sum(character.isdigit() for character in answer) < _FEWEST_DIGITS:
        return DomainError(N_("电话号码至少要有5位数字，例如 138 0000 0000 或 +44 20 7946 0000。"))
    return None


def _format_problem(element: Element, answer: str) -> DomainError | None:
    if element.format is None or _FORMATS[element.format](answer):
        return None
    return DomainError(_FORMAT_PROBLEMS[element.format])


def is_org_id(code: str) -> bool:
    """Say whether a code is a 统一社会信用代码: 18 characters, the last of which checks the others (GB 32100-2015)."""
    if len(code) != _ORG_ID_LENGTH or any(character not in _ORG_ID_ALPHABET for character in code):
        return False
    values = [_ORG_ID_ALPHABET.index(character) for character in code]
    total = sum(value * pow(3, place, 31) for place, value in enumerate(values[:-1]))
    return values[-1] == -total % 31


def is_link(address: str) -> bool:
    """Say whether an address leads to a page on the web, over https."""
    try:
        url = urlsplit(address)
        return url.scheme == "https" and "." in (url.hostname or "") and not set(address) & set(' <>"')
    except ValueError:
        return False


def is_date(text: str) -> bool:
    """Say whether a text is a day, written as 2026-03-15."""
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def names_links(text: str) -> bool:
    """Say whether every line that is not empty holds an address on the web."""
    return all(any(_is_on_the_web(word) for word in line.split()) for line in text.splitlines() if line.strip())


def _is_on_the_web(word: str) -> bool:
    """Say whether a word is an address on the web, with or without its scheme and with words glued before it."""
    scheme = max(word.lower().find(f"{name}://") for name in ("http", "https"))
    try:
        host = urlsplit(word[scheme:] if scheme >= 0 else f"//{word.strip(_AROUND)}").hostname or ""
    except ValueError:
        return False
    return "." in host and host.rpartition(".")[2].strip(_AROUND).isalpha() and host.isprintable()


def are_short(text: str) -> bool:
    """Say whether no passage is longer than one passage may be."""
    return all(len(block) <= quotes.LONGEST for block in quotes.blocks(text))


_FORMATS: dict[Format, Callable[[str], bool]] = {
    Format.COUNTRY: CODES.__contains__,
    Format.ORG_ID: is_org_id,
    Format.LINK: is_link,
    Format.DATE: is_date,
    Format.LINKS: names_links,
    Format.PASSAGES: are_short,
}
_FORMAT_PROBLEMS: dict[Format, str] = {
    Format.COUNTRY: N_("请填国家或地区的两个字母代码，例如中国填 CN，美国填 US，英国填 GB。"),
    Format.ORG_ID: N_("这不是有效的统一社会信用代码。请对照营业执照，核对全部18位。"),
    Format.LINK: N_("请填完整的网址，以 https:// 开头。"),
    Format.DATE: N_("请按年-月-日填写日期，例如 2026-03-15。"),
    Format.LINKS: N_("每一行要有一个网址，例如 https://www.example.org/page。没有网址的，请写在“说明”里。"),
    Format.PASSAGES: N_("每一段最多2000个字。请只留下有问题的部分；不同的几段之间空一行。"),
}


def _missing(element: Element) -> DomainError:
    if element.kind is Kind.STATEMENT:
        return DomainError(N_("请阅读并勾选这项声明，否则我们不能受理。"))
    if element.kind is Kind.CHOICE:
        return DomainError(N_("请选择一项。"))
    return DomainError(N_("请填写这一栏。"))


def signature_differs(answers: Mapping[str, str]) -> bool:
    """Say whether somebody signed with another name than the one they gave: worth a question, never a refusal."""
    signed = comparable(bare(answers.get("signature_name", "")))
    names = {comparable(bare(answers.get(name, ""))) for name in ("notifier_name", "notifier_org", "principal_name")}
    return bool(signed) and bool(names - {""}) and signed not in names


class Answered(NamedTuple):
    """A question and its answer: in our words, to be translated, or else as it was typed or signed."""

    label: str
    ours: str
    typed: str

    def text(self, say: Callable[[str], str] = str) -> str:
        """Return the answer; `say` puts our words into a language, never theirs."""
        return say(self.ours) if self.ours else self.typed


def in_our_words(element: Element, answer: str) -> str:
    """Return the label of the option or the statement that was chosen; nothing when the words are the sender's own."""
    return element.label if element.kind is Kind.STATEMENT else dict(element.options).get(answer, "")


def review(
    category: Category, answers: Mapping[str, str], required: Collection[str] | None = None
) -> tuple[dict[str, str], dict[str, DomainError]]:
    """Return the cleaned answers of the elements that `category` asks, and what is wrong with them by element.

    `required` names what must be there, if not what the category asks of everybody. An answer to a question that the other answers make pointless is neither kept nor checked.
    """
    known = [element for element in category.elements if element.kind is not Kind.FILES]
    cleaned = {element.name: clean_answer(element, answers.get(element.name, "")) for element in known}
    asked = [element for element in known if element.is_asked_by(cleaned)]
    needed = {e.name for e in asked if (category.requires(e, cleaned) if required is None else e.name in required)}
    found = {e.name: problem(e, cleaned[e.name], required=e.name in needed) for e in asked}
    given = {e.name: cleaned[e.name] for e in asked if cleaned[e.name]}
    return given, {name: error for name, error in found.items() if error is not None}


@dataclass(frozen=True)
class Submission:
    """A notice as its sender confirmed it: everything that will be stored, nothing derived yet."""

    category: Category
    language: str
    answers: Mapping[str, str]
    statements: Mapping[str, str]  # name -> the words agreed to, in the language shown
    files: tuple[Attachment, ...]
    privacy_version: str
    draft: str  # SHA-256 of the key of the draft it came from; the same draft makes the same notice
    leaves_out: bool = False  # its sender was shown which addresses name nothing of ours, and goes on without them

    def sha256(self) -> str:
        """Return the hexadecimal SHA-256 of the canonical notice, files by their own hash."""
        body = [
            self.category.name, self.language, dict(self.answers), dict(self.statements),
            [file.sha256 for file in self.files], self.privacy_version,
        ]  # fmt: skip
        canonical = json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()
