"""Which passages a notice quotes from which of its articles, and whether they stand there."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from tracker.domain.notices import slug_of
from tracker.domain.quotes import Quote, blocks, known, unpacked
from tracker.render.site import Site
from tracker.services.addresses import Named


class Found(NamedTuple):
    """A passage as it concerns one article."""

    quote: Quote
    is_found: bool

    def as_dict(self) -> dict[str, object]:
        """Return it as it is stored with an item."""
        return self.quote._asdict() | {"is_found": self.is_found}


def assigned(site: Site, named: Sequence[Named], answers: Mapping[str, str]) -> dict[int, list[Found]]:
    """Return the passages of each article, by its number.

    A passage under an address is of that article; any other is of each article in which it stands, or of all when it stands
    nowhere: its sender did not say of which.
    """
    selected = unpacked(answers.get("passage_context", ""))
    found: dict[int, list[Found]] = {name.article.id: [] for name in named}
    for block in _passages(named, answers.get("passage", "")):
        name, words = _addressed(site, named, block)
        quote = known(words, selected)
        concerned = [name] if name else [name for name in named if name.quotes(quote)]
        for each in concerned or named:
            stands = each.found(quote)
            found[each.article.id].append(Found(stands or quote, stands is not None))
    return found


def _passages(named: Sequence[Named], answer: str) -> list[str]:
    """Return the passages; one that stands in an article with its blank lines is not taken apart."""
    whole = Quote(answer)
    return [answer] if answer and any(name.quotes(whole) for name in named) else blocks(answer)


def _addressed(site: Site, named: Sequence[Named], block: str) -> tuple[Named | None, str]:
    """Return the article whose address stands above a passage, if one does, and the passage."""
    first, _, rest = block.partition("\n")
    slug = slug_of(first.strip(), site.base_url) if rest.strip() else None
    name = next((name for name in named if slug in {name.article.slug, slug_of(name.address, site.base_url)}), None)
    return (name, rest.strip()) if name else (None, block)
