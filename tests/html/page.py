"""The page as a whole, and what stands on it besides forms."""

import re
from collections import Counter
from collections.abc import Iterator

from bs4 import BeautifulSoup, Tag

# One selector for each thing that may not be, and how to say it.
NEVER = {
    'a[target="_blank"]:not([rel~="noopener"])': "a new window that can reach back",
    "img:not([alt])": "an image without alt",
    "script:not([src])": "an inline script",
    "style": "an inline style sheet",
    "table:not(:has(> caption)):not([aria-label]):not([aria-labelledby])": "a table without a caption",
    'th:not([scope="col"]):not([scope="row"]):not([scope="colgroup"]):not([scope="rowgroup"])': "a th without scope",
    '[tabindex]:not([tabindex="0"]):not([tabindex="-1"])': "tabindex above 0",
}
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
    spoken = [str(image.get("alt", "")) for image in tag.select("img[alt]")]
    return " ".join(" ".join([tag.get_text(" "), *spoken]).split())


def page_findings(text: str, soup: BeautifulSoup) -> Iterator[str]:
    """Yield what a whole page lacks."""
    if not text.lstrip().lower().startswith("<!doctype html>"):
        yield "the page does not begin with <!doctype html>"
    language = soup.html.get("lang") if soup.html else None
    if language != "es-CO":
        yield f"html lang is {language!r}, not 'es-CO'"
    for css in ("meta[charset]", 'meta[name="viewport"]', "h1", "main"):
        found = len(soup.select(css))
        if found != 1:
            yield f"{found} of {css}, not one"
    title = text_of(soup.title) if soup.title else ""
    if not title:
        yield "the title is empty"
    if soup.select_one('[aria-invalid="true"]') and not title.startswith("Error:"):
        yield f"a field is refused but the title does not begin with 'Error:': {title!r}"
    yield from _dangling(soup)


def content_findings(soup: BeautifulSoup) -> Iterator[str]:
    """Yield what is wrong with ids, names, headings, tables, images, and whatever is inline."""
    for css, said in NEVER.items():
        for tag in soup.select(css):
            yield f"{said}: {brief(tag)}"
    for tag in soup.find_all(["a", "button"]):
        if not (tag.get("aria-label") or tag.get("aria-labelledby") or text_of(tag)):
            yield f"a link or button without a name: {brief(tag)}"
    ids = Counter(str(tag["id"]) for tag in soup.find_all(id=True))
    yield from (f"id {name!r} is used {times} times" for name, times in ids.items() if times > 1)
    yield from (f"id {name!r} is empty or has spaces" for name in ids if len(name.split()) != 1 or name != name.strip())
    leak = LEAKS.search(soup.get_text(" "))
    if leak:
        yield f"code shows on the page: {leak.group()!r}"
    for tag in soup.find_all(True):
        yield from _attributes(tag)
    yield from _two_ways(soup)
    yield from _headings(soup)


def _dangling(soup: BeautifulSoup) -> Iterator[str]:
    ids = {str(tag["id"]) for tag in soup.find_all(id=True)}
    for tag in soup.find_all(True):
        for pointer in POINTERS & tag.attrs.keys():
            for name in str(tag[pointer]).split():
                if name not in ids:
                    yield f"{pointer} names {name!r}, which is not on the page: {brief(tag)}"
    for tag in soup.select('a[href^="#"]'):
        if str(tag["href"])[1:] not in ids:
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


def _two_ways(soup: BeautifulSoup) -> Iterator[str]:
    for tag in soup.select("form[hx-post], form[hx-get], a[hx-get]"):
        swapped = str(tag.get("hx-post") or tag.get("hx-get"))
        plain = str(tag.get("href") if tag.name == "a" else tag.get("action"))
        # What follows # never reaches the server.
        if swapped != plain.split("#", 1)[0]:
            yield f"with script it asks {swapped!r}, without {plain!r}: {brief(tag)}"


def _headings(soup: BeautifulSoup) -> Iterator[str]:
    last = None
    for tag in soup.find_all(["h1", "h2", "h3", "h4", "h5", "h6"]):
        level = int(tag.name[1])
        if last is not None and level > last + 1:
            yield f"the heading {text_of(tag)!r} jumps from h{last} to h{level}"
        if not text_of(tag):
            yield f"an empty heading: {brief(tag)}"
        last = level
