"""The site as the templates know it: its settings, languages, assets and the one Jinja environment."""

import hashlib
import io
import json
from copy import copy
from dataclasses import asdict, replace
from datetime import date, datetime
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, NamedTuple, Self
from urllib.parse import quote
from zoneinfo import ZoneInfo

from babel.dates import format_date
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from config import Config
from tracker import calendars
from tracker.content import FixedPage, read_categories, read_pages
from tracker.domain import agent, handles
from tracker.domain.agent import Agent
from tracker.domain.calendars import Calendars
from tracker.domain.care import stretches
from tracker.domain.errors import DomainError, Word, gathering, refuse
from tracker.domain.receipts import Keyring
from tracker.domain.retention import DRAFT_KEPT, YEARS_KEPT
from tracker.domain.settings import DEFAULTS, Settings, Value
from tracker.domain.tags import tag_slug
from tracker.domain.text import inside, listed, nested, reveal
from tracker.render import excerpt, once, program
from tracker.render.assets import assets
from tracker.render.bytecode import compiled
from tracker.render.linked import linked
from tracker.render.moments import moment, when
from tracker.render.said import in_words_of
from tracker.render.script import traditional

HERE = Path(__file__).parent.parent
TEMPLATES = HERE / "templates"
TRANSLATIONS = HERE / "translations"

PREFIXES: dict[str, str] = {"zh-Hans": "", "zh-Hant": "/zh-hant", "en": "/en"}
"""Each language with the prefix of its addresses; the first is the site's own."""

LOCALES: dict[str, str] = {"zh-Hans": "zh_Hans_CN", "zh-Hant": "zh_Hant_TW", "en": "en_GB"}

_PLAIN = {each.__name__: each for each in (linked, reveal, nested, excerpt.apart, inside, listed)}

LANGUAGES: dict[str, str] = {"zh-Hans": "简体中文", "zh-Hant": "繁體中文", "en": "English"}
"""What each language is called, in itself."""

DERIVED: dict[str, str] = {"zh-Hant": "zh-Hans"}
"""Languages in which nothing is written: they follow from another one, by script."""

WRITTEN: tuple[str, ...] = tuple(language for language in PREFIXES if language not in DERIVED)
"""The languages in which articles, categories and fixed pages are written."""


def written(language: str) -> str:
    """Return the language in which the texts of a language are written."""
    return DERIVED.get(language, language)


def editions(language: str) -> list[str]:
    """Return the languages in which a text written in `language` is shown."""
    return [language, *(other for other, source in DERIVED.items() if source == language)]


def everywhere(path: str) -> dict[str, str]:
    """Return the address of a page in each language; `path` is without a prefix."""
    return {language: prefix + path for language, prefix in PREFIXES.items()}


class CategoryLink(NamedTuple):
    """A category as a page shows it."""

    slug: str
    name: str
    summary: str


class _Traditional(NullTranslations):
    """The site's own words in traditional characters."""

    def gettext(self, message: str) -> str:
        return traditional(message)

    def ngettext(self, singular: str, plural: str, number: int) -> str:
        return traditional(super().ngettext(singular, plural, number))


@cache
def translations(language: str) -> NullTranslations:
    """Return the catalogue of `language`; the message ids are the site's own language, so that needs none."""
    if language in DERIVED:
        return _Traditional()
    file = TRANSLATIONS / language / "messages.po"
    if not file.exists():
        return NullTranslations()
    catalogue = io.BytesIO()
    with file.open("rb") as source:
        write_mo(catalogue, read_po(source))
    catalogue.seek(0)
    return Translations(catalogue)


class Site:
    """Settings and templates together; handed to whatever shows text to a person."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.base_url = config.base_url
        self.sends_mail = bool(config.mail_server)  # else mails are kept as files
        self.targets_eu = config.dsa_role != "none"
        self.is_platform = config.dsa_role == "platform" and config.dsa_size == "larger"  # DSA art. 19
        self.zone = ZoneInfo(config.timezone)
        self.keys = Keyring([config.secret_key, *config.old_secret_keys])
        problems: list[DomainError] = []
        with gathering(problems):
            self.category_texts = read_categories(config.content / "categories.yml", WRITTEN)
        with gathering(problems):
            self._pages = read_pages(config.content / "pages", WRITTEN)
        refuse(problems)
        self.assets = assets()
        self.latest = self
        self._set(Settings())

    def with_settings(self, settings: Settings) -> Self:
        """Return this site as it is with other settings; a site that is in use never changes under anybody's hands."""
        other = copy(self)
        other._set(settings)
        return other

    def _set(self, settings: Settings) -> None:
        self.settings = settings
        self.names = _in_each(self._said("site_name"), self._said("site_name_en"))
        self.greetings = _in_each(self._said("site_greeting"), self._said("site_greeting_en"))
        self.contact_name = self._said("contact_name")
        self.contact_phone = self._said("contact_phone")
        self.contact_email = self._said("contact_email")
        self.contact_address = self._said("contact_address")
        self.icp_number = self._said("icp_number")
        self.police_number = self._said("police_number")
        self.agent = Agent.of(settings.values)
        self.maintainers = tuple(filter(None, self._said("maintainers").split("\n")))
        self._environments = {language: self._environment(language, language) for language in PREFIXES}
        self._derived = {language: self._environment(language, written(language)) for language in DERIVED}

    @property
    def calendars(self) -> Calendars:
        """Return what limits are counted in; loaded when the first one is, as the holidays of three countries take long."""
        return replace(calendars.load(self.zone), targets=self.settings.targets)

    @property
    def version(self) -> int:
        """Return which version of the settings this is; 0 when nothing was ever set."""
        return self.settings.version

    def default(self, name: str) -> Value:
        """Return what a setting is while no admin has set it."""
        if name in DEFAULTS:
            return DEFAULTS[name]
        value = getattr(self.config, name)
        return list(value) if isinstance(value, tuple) else str(value)

    def value(self, name: str) -> Value:
        """Return what a setting is."""
        return self.settings.values.get(name, self.default(name))

    def _said(self, name: str) -> str:
        value = self.value(name)
        return "\n".join(value) if isinstance(value, list) else str(value)

    def template(self, name: str, language: str, **context: Any) -> str:
        """Return the template filled in, in `language`."""
        return self._environments[language].get_template(name).render(**context)

    def gettext(self, message: str, language: str, **values: object) -> str:
        """Return a message in `language` with its values filled in, those that are words translated too."""
        catalogue = translations(language)
        said = {name: catalogue.gettext(v) if isinstance(v, Word) else v for name, v in values.items()}
        return catalogue.gettext(message) % said if said else catalogue.gettext(message)

    def categories(self, language: str) -> list[CategoryLink]:
        """Return the categories in the order of the navigation."""
        found = {slug: texts[written(language)] for slug, texts in self.category_texts.items()}
        return [CategoryLink(slug, *(in_script(text, language) for text in texts)) for slug, texts in found.items()]

    def fixed_page(self, name: str, language: str) -> FixedPage | None:
        """Return a page such as the rules, or None."""
        return self._pages.get((name, written(language)))

    def fixed_names(self, language: str) -> list[str]:
        """Return the names of the fixed pages in a language."""
        shown = [agent.PAGE] if self.agent.is_shown else []
        return [name for name, spoken in self._pages if spoken == written(language)] + shown

    def filled_in(self, text: str) -> str:
        """Return the text of a fixed page with the contact data of the settings."""
        for name in ("contact_name", "contact_phone", "contact_email", "contact_address"):
            text = text.replace(f"{{{name}}}", getattr(self, name))
        return text

    def local(self, moment: datetime) -> datetime:
        """Return an instant in the site's zone."""
        return moment.astimezone(self.zone)

    def derived(self, language: str) -> Self:
        """Return the site as it makes pages that are to be converted to `language`: its links, the words still as written."""
        site = copy(self)
        site._environments = self._environments | {written(language): self._derived[language]}
        return site

    def fingerprint(self) -> str:
        """Return the hash of everything but articles that public pages are made from: the program's half, the settings' half.

        The halves tell a change of settings, which any worker may bring onto the pages, from a change of the program.
        """
        shown = (
            self.names, self.greetings, self.contact_name, self.contact_phone, self.contact_email, self.contact_address,
            self.icp_number, self.police_number, asdict(self.agent),
        )  # fmt: skip
        settings = hashlib.sha256(json.dumps(shown, ensure_ascii=False, sort_keys=True).encode()).hexdigest()
        return self._program() + settings[: program.HALF]

    def _program(self) -> str:
        shown = (
            self.base_url, str(self.zone), [asset.path for asset in self.assets.values()], self.category_texts,
            [(page.name, page.language, page.title, str(page.updated_on), page.body) for page in self._pages.values()],
        )  # fmt: skip
        shown_in_bytes = json.dumps(shown, ensure_ascii=False, sort_keys=True).encode()
        return hashlib.sha256(program.files() + shown_in_bytes).hexdigest()[: program.HALF]

    def _environment(self, language: str, words: str) -> Environment:
        """Return the templates with the links and dates of `language`, in the words of another one if need be."""
        environment = Environment(
            loader=FileSystemLoader(TEMPLATES),
            auto_reload=False,  # a process makes pages of the program that it is, as its fingerprint says
            autoescape=lambda name: name is None or not name.endswith(".txt"),  # noqa: S701 - plain text has no markup
            undefined=StrictUndefined,
            bytecode_cache=compiled,
            extensions=["jinja2.ext.i18n"],
            trim_blocks=True,
            lstrip_blocks=True,
        )
        catalogue, locale = translations(words), LOCALES[language]
        environment.install_gettext_callables(  # type: ignore[attr-defined]
            catalogue.gettext, catalogue.ngettext, newstyle=True, pgettext=catalogue.pgettext
        )
        environment.globals.update(
            _=in_words_of(catalogue),
            site=self,
            site_name=self.names[words],
            site_greeting=self.greetings[words],
            language=language,
            languages=LANGUAGES,
            everywhere=everywhere,
            categories=self.categories(words),
            draft_days=DRAFT_KEPT.days,
            years_kept=YEARS_KEPT,
            url=lambda path: PREFIXES[language] + path,
            absolute=lambda path: self.base_url + PREFIXES[language] + path,
            asset=lambda name: self.assets[name].path,
            once=once.parts(environment),
            moderator=lambda case, account: (
                catalogue.gettext(handles.LABEL) % {"code": handles.code(self.keys, case, account)}
            ),
        )
        environment.filters.update(
            _PLAIN,
            date=lru_cache(4096)(lambda day: format_date(self._day(day), format="long", locale=locale)),
            moment=lru_cache(4096)(lambda at: moment(self.local(at), locale)),
            when=lru_cache(4096)(lambda at, calendar="site": when(self, at, language, locale, calendar)),
            isodate=lambda day: day.isoformat(),
            translate=lambda message: catalogue.gettext(message),
            in_script=lambda text: in_script(text, words),
            stretches=lambda text: stretches(text, self.contact_phone),
            tag_slug=lambda tag: quote(tag_slug(tag)),
        )
        return environment

    def _day(self, day: date | datetime) -> date:
        return self.local(day).date() if isinstance(day, datetime) else day


def in_script(text: str, language: str) -> str:
    """Return a text that stands in the database or in a file in the script of `language`; what people typed stays."""
    return traditional(text) if language in DERIVED else text


def _in_each(chinese: str, english: str) -> dict[str, str]:
    return {"zh-Hans": chinese, "zh-Hant": traditional(chinese), "en": english}
