"""Checks of the page as a whole, and of its content besides forms."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from bs4 import BeautifulSoup, Tag

SCOPES = ("col", "row", "colgroup", "rowgroup")
HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
POINTERS = frozenset(
    f"aria-{name}" for name in ["labelledby", "describedby", "controls", "errormessage", "owns", "details"]
)
# What a template prints when it was handed the wrong thing.
LEAKS = re.compile(r"\{\{|\{%|\bNone\b|\bNaN\b|\bundefined\b|\bDecimal\(|<[\w.]+ object at 0x|\bdatetime\.")
HTMX_CODE = re.compile(r"^(data-)?hx-(on|vars)\b|^(data-)?hx-(put|patch|delete)$")
ELSEWHERE = re.compile(r"\w+:|//")


def brief(tag: Tag) -> str:
    """The tag as it opens, to name it in a finding."""
    return re.sub(r"\s+", " ", str(tag).split(">", 1)[0] + ">")[:160]


def text_of(tag: Tag) -> str:
    """The text inside, its spaces made single; the alternative texts of images count."""
    spoken = [str(image["alt"]) for image in tag.find_all("img") if "alt" in image.attrs]
    return " ".join(" ".join([tag.get_text(" "), *spoken]).split())


def page_findings(text: str, soup: BeautifulSoup) -> Iterator[str]:
    """Yield what a whole page lacks."""
    if not text.lstrip().lower().startswith("<!doctype html>"):
        yield "the page does not begin with <!doctype html>"
    language = soup.html.get("lang") if soup.html else None
    if language != "es-CO":
        yield f"html lang is {language!r}, not 'es-CO'"
    # Selectors, and `find_all` with more than a name, read better and take ten times as long: every page that any test
    # opens passes here.
    tags = soup.find_all(True)
    metas = [tag for tag in tags if tag.name == "meta"]
    once = {
        "meta[charset]": [tag for tag in metas if "charset" in tag.attrs],
        'meta[name="viewport"]': [tag for tag in metas if tag.get("name") == "viewport"],
        "h1": [tag for tag in tags if tag.name == "h1"],
        "main": [tag for tag in tags if tag.name == "main"],
    }
    for what, found in once.items():
        if len(found) != 1:
            yield f"{len(found)} of {what}, not one"
    title = text_of(soup.title) if soup.title else ""
    if not title:
        yield "the title is empty"
    if any(tag.get("aria-invalid") == "true" for tag in tags) and not title.startswith("Error:"):
        yield f"a field is refused but the title does not begin with 'Error:': {title!r}"
    yield from _dangling(tags)


def content_findings(soup: BeautifulSoup) -> Iterator[str]:
    """Yield faults of ids, names, headings, tables, images, and inline code."""
    tags = soup.find_all(True)
    for tag in tags:
        yield from _never(tag)
        yield from _attributes(tag)
    for tag in tags:
        if tag.name in ("a", "button") and not (tag.get("aria-label") or tag.get("aria-labelledby") or text_of(tag)):
            yield f"a link or button without a name: {brief(tag)}"
    ids = Counter(str(tag["id"]) for tag in tags if "id" in tag.attrs)
    yield from (f"id {name!r} is used {times} times" for name, times in ids.items() if times > 1)
    yield from (f"id {name!r} is empty or has spaces" for name in ids if len(name.split()) != 1 or name != name.strip())
    leak = LEAKS.search(soup.get_text(" "))
    if leak:
        yield f"code shows on the page: {leak.group()!r}"
    yield from _two_ways(tags)
    yield from _headings(tags)


def _never(tag: Tag) -> Iterator[str]:
    """Yield faults on any page."""
    attrs = tag.attrs
    match tag.name:
        case "a" if attrs.get("target") == "_blank" and "noopener" not in (attrs.get("rel") or []):
            yield f"a new window that can reach back: {brief(tag)}"
        case "img" if "alt" not in attrs:
            yield f"an image without alt: {brief(tag)}"
        case "script" if "src" not in attrs:
            yield f"an inline script: {brief(tag)}"
        case "style":
            yield f"an inline style sheet: {brief(tag)}"
        case "table":
            if not (attrs.keys() & {"aria-label", "aria-labelledby"} or tag.find("caption", recursive=False)):
                yield f"a table without a caption: {brief(tag)}"
        case "th" if attrs.get("scope") not in SCOPES:
            yield f"a th without scope: {brief(tag)}"
    if attrs.get("tabindex", "0") not in ("0", "-1"):
        yield f"tabindex above 0: {brief(tag)}"


def _dangling(tags: Sequence[Tag]) -> Iterator[str]:
    ids = {str(tag["id"]) for tag in tags if "id" in tag.attrs}
    for tag in tags:
        for pointer in POINTERS & tag.attrs.keys():
            for name in str(tag[pointer]).split():
                if name not in ids:
                    yield f"{pointer} names {name!r}, which is not on the page: {brief(tag)}"
    for tag in tags:
        if tag.name == "a" and str(tag.get("href", "")).startswith("#") and str(tag["href"])[1:] not in ids:
            yield f"a link leads nowhere on the page: {brief(tag)}"


def _attributes(tag: Tag) -> Iterator[str]:
    for name, held in tag.attrs.items():
        value = str(held).strip()
        if name == "style" or name.startswith("on"):
            yield f"inline {name}: {brief(tag)}"
        if value.lower().startswith(("javascript:", "js:")) or HTMX_CODE.match(name):
            yield f"code in {name}: {brief(tag)}"
        if name in ("data-value", "value", "href", "action") and LEAKS.search(value):
            yield f"code shows in {name}: {brief(tag)}"
        loads = name == "src" or (name == "href" and tag.name == "link" and "canonical" not in (tag.get("rel") or []))
        if loads and ELSEWHERE.match(value) and not value.startswith("data:image/"):
            yield f"loaded from elsewhere: {brief(tag)}"


def _two_ways(tags: Iterable[Tag]) -> Iterator[str]:
    for tag in tags:
        if not (tag.name == "form" and tag.attrs.keys() & {"hx-post", "hx-get"}) and not (
            tag.name == "a" and "hx-get" in tag.attrs
        ):
            continue
        swapped = str(tag.get("hx-post") or tag.get("hx-get"))
        plain = str(tag.get("href") if tag.name == "a" else tag.get("action"))
        # What follows # never reaches the server.
        if swapped != plain.split("#", 1)[0]:
            yield f"with script it asks {swapped!r}, without {plain!r}: {brief(tag)}"


def _headings(tags: Iterable[Tag]) -> Iterator[str]:
    last = None
    for tag in tags:
        if tag.name not in HEADINGS:
            continue
        level = int(tag.name[1])
        if last is not None and level > last + 1:
            yield f"the heading {text_of(tag)!r} jumps from h{last} to h{level}"
        if not text_of(tag):
            yield f"an empty heading: {brief(tag)}"
        last = level
