"""Forms: every field has its label, every refusal its field, every POST its token."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from bs4 import BeautifulSoup, Tag

from tests.html.page import brief, text_of

NEED_NO_LABEL = ("hidden", "submit", "button", "reset", "image")
# Browsers and password managers fill these when told what they are (WCAG 1.3.5).
FILLED_IN = ("email", "password", "tel")


def controls(within: Tag) -> list[Tag]:
    """Every field a person fills in."""
    return [
        tag
        for tag in within.find_all(True)
        if tag.name in ("select", "textarea")
        or (tag.name == "input" and str(tag.get("type", "text")).lower() not in NEED_NO_LABEL)
    ]


def form_findings(soup: BeautifulSoup, *, whole: bool) -> Iterator[str]:
    """Yield the faults of forms and fields."""
    for form in soup.find_all("form"):
        yield from _form(form)
    labels = [label for label in soup.find_all("label") if "for" in label.attrs]
    for field in controls(soup):
        yield from _field(labels, field)
    tags = soup.find_all(True)
    ids = {str(tag["id"]) for tag in tags if "id" in tag.attrs}
    for label in labels:
        if whole and label["for"] not in ids:
            yield f"a label for {label['for']!r}, which is not on the page"
    yield from _groups(soup)
    yield from _errors(tags, whole=whole)


def _form(form: Tag) -> Iterator[str]:
    method = str(form.get("method", "get")).lower()
    if method not in ("get", "post"):
        yield f"a form with method {method!r}: {brief(form)}"
    if not form.get("action"):
        yield f"a form without action: {brief(form)}"
    inputs = form.find_all("input")
    tokens = [tag for tag in inputs if tag.get("name") == "csrf_token"]
    if method == "post" and not (len(tokens) == 1 and tokens[0].get("value")):
        yield f"a POST form needs one csrf_token, has {len(tokens)}: {brief(form)}"
    if method == "get" and tokens:
        yield f"a GET form would put its csrf_token in the address: {brief(form)}"
    if method == "get" and any(tag.get("type") == "password" for tag in inputs):
        yield f"a GET form would put a password in the address: {brief(form)}"
    if form.get("hx-post") and method != "post":
        yield f"posts with script, gets without: {brief(form)}"
    sends = any(tag.get("type") == "submit" for tag in inputs) or any(
        tag.get("type") != "button" for tag in form.find_all("button")
    )
    if not sends and not form.get("id"):
        yield f"a form that cannot be sent without script: {brief(form)}"


def _field(labelling: Sequence[Tag], field: Tag) -> Iterator[str]:
    around = field.find_parent("label")
    labels = [around] if around else []
    if field.get("id"):
        labels += [label for label in labelling if label["for"] == field["id"]]
    if not any(text_of(label) for label in labels) and not (field.get("aria-label") or field.get("aria-labelledby")):
        yield f"a field without a label: {brief(field)}"
    sent = field.get("form") or field.find_parent("form")
    if sent and not field.get("name") and not field.has_attr("disabled"):
        yield f"a field without a name is never sent: {brief(field)}"
    if str(field.get("type", "")) in FILLED_IN and not field.get("autocomplete"):
        yield f"a field without autocomplete: {brief(field)}"
    if field.get("aria-invalid") == "true" and not (field.get("aria-describedby") or field.get("aria-errormessage")):
        yield f"refused without a word why: {brief(field)}"


def _groups(soup: BeautifulSoup) -> Iterator[str]:
    groups: dict[tuple[int, str], list[Tag]] = defaultdict(list)
    for radio in soup.find_all("input"):
        if radio.get("type") != "radio":
            continue
        groups[id(radio.find_parent("form")), str(radio.get("name"))].append(radio)
    for (_, name), radios in groups.items():
        around = radios[0].find_parent(lambda tag: tag.name == "fieldset" or tag.get("role") == "radiogroup")
        named = around and (around.find("legend") or around.get("aria-labelledby") or around.get("aria-label"))
        if len(radios) > 1 and not named:
            yield f"the choice {name!r} is not in a fieldset with a legend"
        if sum(radio.has_attr("checked") for radio in radios) > 1:
            yield f"the choice {name!r} has more than one checked"


def _errors(tags: Sequence[Tag], *, whole: bool) -> Iterator[str]:
    described = {
        name
        for tag in tags
        if "aria-describedby" in tag.attrs or "aria-errormessage" in tag.attrs
        for name in f"{tag.get('aria-describedby', '')} {tag.get('aria-errormessage', '')}".split()
    }
    for message in tags:
        if not str(message.get("id", "")).endswith("-error"):
            continue
        if whole and message["id"] not in described:
            yield f"no field names the message {message['id']!r} in aria-describedby"
        if not text_of(message):
            yield f"an empty message: {brief(message)}"
