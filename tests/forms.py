"""A form of a page, filled in and sent as a browser would."""

import io
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urljoin

from bs4 import Tag

from tests.html import text_of

if TYPE_CHECKING:
    from tests.browser import Page


class CannotFill(AssertionError):
    """The form does not allow this to a person; the text says why."""


@dataclass(frozen=True)
class Sent:
    """A request on its way: fields as name and value pairs, files as name, file name and bytes."""

    method: str
    url: str
    fields: tuple[tuple[str, str], ...] = ()
    files: tuple[tuple[str, str, bytes], ...] = ()
    htmx: bool = field(default=False, kw_only=True)

    def body(self) -> Any:
        """What the test client wants as `data`."""
        if not self.files:
            return urlencode(self.fields)
        body: dict[str, list[Any]] = {}
        for name, value in self.fields:
            body.setdefault(name, []).append(value)
        for name, file_name, content in self.files:
            body.setdefault(name, []).append((io.BytesIO(content), file_name))
        return body


class Form:
    """Holds what the page filled in; `fill` changes it as a person could, `tamper` as a forger could."""

    def __init__(self, page: "Page", tag: Tag) -> None:
        self.page = page
        self.tag = tag
        self.method = str(tag.get("method", "get")).upper()
        self.action = urljoin(page.url, str(tag.get("action", "")))
        self.controls = [
            control
            for control in page.tags("input", "select", "textarea")
            if control.get("name") and self._owns(control) and not _disabled(control)
        ]
        self._typed: dict[int, list[str]] = {id(control): _initial(control) for control in self.controls}
        self._files: list[tuple[str, str, bytes]] = []
        self._forged: dict[str, list[str]] = {}

    @property
    def names(self) -> list[str]:
        """The names of its fields, in their order, the hidden ones included."""
        return list(dict.fromkeys(str(control["name"]) for control in self.controls))

    @property
    def values(self) -> list[tuple[str, str]]:
        """What would be sent now, button excluded."""
        pairs: list[tuple[str, str]] = []
        for control in self.controls:
            name = str(control["name"])
            if name not in self._forged:
                pairs += [(name, value) for value in self._typed[id(control)]]
        return pairs + [(name, value) for name, values in self._forged.items() for value in values]

    def __getitem__(self, name: str) -> str:
        """The value that the field has now; empty when nothing is chosen."""
        self._named(name)
        return next((value for key, value in self.values if key == name), "")

    def fill(self, **answers: str | bool | list[Any] | tuple[str, bytes]) -> "Form":
        """Type, choose, tick: text for a field, value or label for a choice, True/False or values for boxes.

        A file is a pair (name, bytes), several are a list of them.

        `CannotFill` for a field that is not there, is hidden, or lacks that choice.
        """
        for name, answer in answers.items():
            controls = self._named(name)
            kind = _kind(controls[0])
            if kind == "hidden":
                raise CannotFill(f"{name!r} is hidden: nobody can type there (tamper may)")
            if kind == "file":
                chosen = answer if isinstance(answer, list) else [answer]
                if len(chosen) > 1 and not controls[0].has_attr("multiple"):
                    raise CannotFill(f"{name!r} takes one file")
                self._files += [(name, *file) for file in chosen]
            elif kind == "checkbox":
                self._tick(name, controls, answer)
            elif kind in ("radio", "select"):
                self._choose(name, controls, str(answer))
            else:
                self._type(controls[0], str(answer))
        return self

    def tamper(self, **values: str | list[str] | None) -> "Form":
        """Send what the page never offered: other hidden values, unknown choices; None leaves the field out."""
        for name, value in values.items():
            self._forged[name] = [] if value is None else [value] if isinstance(value, str) else value
        return self

    def submit(self, button: str | Tag | None = None, *, htmx: bool = False) -> "Page":
        """Press the button with this text (the first one when not named) and return the page that follows."""
        pressed = button if isinstance(button, Tag) else self._button(button)
        self._required(pressed)
        fields = self.values
        if pressed is not None and pressed.get("name"):
            fields.append((str(pressed["name"]), str(pressed.get("value", ""))))
        method, action = self.method, self.action
        if pressed is not None:
            method = str(pressed.get("formmethod", method)).upper()
            action = urljoin(self.page.url, str(pressed.get("formaction", action)))
        if self._files and self.tag.get("enctype") != "multipart/form-data":
            raise CannotFill("the form has a file field but is not multipart/form-data: no file would be sent")
        sent = Sent(method, action, tuple(fields), tuple(self._files), htmx=htmx)
        if method == "GET":
            sent = replace(sent, url=f"{action.split('?', 1)[0]}?{urlencode(fields)}", fields=())
        return self.page.browser.send(sent, source=self.page)

    def _owns(self, control: Tag) -> bool:
        if control.get("form"):
            return control["form"] == self.tag.get("id")
        return control.find_parent("form") is self.tag

    def _named(self, name: str) -> list[Tag]:
        controls = [control for control in self.controls if control["name"] == name]
        if not controls:
            raise CannotFill(f"no field {name!r} in the form {self.action} of {self.page!r}; there are {self.names}")
        return controls

    def _type(self, control: Tag, text: str) -> None:
        name = control["name"]
        if control.has_attr("readonly"):
            raise CannotFill(f"{name!r} can only be read")
        limit = control.get("maxlength")
        if limit and len(text) > int(str(limit)):
            raise CannotFill(f"{name!r} takes {limit} characters, not {len(text)} (tamper sends them)")
        if control.name == "textarea":
            text = "\r\n".join(text.splitlines())
        self._typed[id(control)] = [text]

    def _choose(self, name: str, controls: list[Tag], answer: str) -> None:
        options = controls[0].find_all("option") if controls[0].name == "select" else controls
        offered = {_value(option): self._label(option) for option in options if not option.has_attr("disabled")}
        matching = [value for value, label in offered.items() if answer in (value, label)]
        if len(matching) != 1:
            raise CannotFill(f"{name!r} does not offer {answer!r}; it offers {offered}")
        for control in controls:
            chosen = control.name == "select" or _value(control) == matching[0]
            self._typed[id(control)] = matching if chosen else []

    def _tick(self, name: str, controls: list[Tag], answer: object) -> None:
        offered = [_value(control) for control in controls]
        if isinstance(answer, bool):
            if len(controls) > 1:
                raise CannotFill(f"{name!r} has several boxes: give the values to tick, of {offered}")
            wanted = offered if answer else []
        else:
            wanted = [str(value) for value in answer] if isinstance(answer, list | tuple) else [str(answer)]
        if not set(wanted) <= set(offered):
            raise CannotFill(f"{name!r} offers {offered}, not {wanted}")
        for control in controls:
            self._typed[id(control)] = [_value(control)] if _value(control) in wanted else []

    def _label(self, option: Tag) -> str:
        label = option if option.name == "option" else option.find_parent("label")
        if label is None and option.get("id"):
            label = next((tag for tag in self.page.tags("label") if tag.get("for") == option["id"]), None)
        return text_of(label) if label else ""

    def _button(self, text: str | None) -> Tag | None:
        buttons = [
            tag for tag in self.page.tags("button", "input") if _submits(tag) and self._owns(tag) and not _disabled(tag)
        ]
        if text is None:
            if not buttons:
                raise CannotFill(f"the form {self.action} has no button to send it")
            return buttons[0]
        named = [tag for tag in buttons if text in (text_of(tag), tag.get("value"), tag.get("aria-label"))]
        if len(named) != 1:
            raise CannotFill(f"{len(named)} buttons {text!r}; there are {[text_of(tag) for tag in buttons]}")
        return named[0]

    def _required(self, pressed: Tag | None) -> None:
        if self.tag.has_attr("novalidate") or (pressed is not None and pressed.has_attr("formnovalidate")):
            return
        sent = {name for name, value in self.values if value} | {name for name, *_ in self._files}
        missing = {str(tag["name"]) for tag in self.controls if tag.has_attr("required")} - sent - self._forged.keys()
        if missing:
            raise CannotFill(f"a browser would not send the form while {sorted(missing)} are empty (no novalidate)")


def _submits(tag: Tag) -> bool:
    return str(tag.get("type", "submit" if tag.name == "button" else "text")) == "submit"


def _kind(control: Tag) -> str:
    if control.name != "input":
        return str(control.name)
    return str(control.get("type", "text")).lower()


def _disabled(control: Tag) -> bool:
    return control.has_attr("disabled") or control.find_parent("fieldset", disabled=True) is not None


def _value(option: Tag) -> str:
    if option.name == "option":
        return str(option.get("value", option.get_text().strip()))
    return str(option.get("value", "on"))


def _initial(control: Tag) -> list[str]:
    """What a browser would send for the field before anyone touches it."""
    kind = _kind(control)
    if kind in ("submit", "button", "reset", "image", "file"):
        return []
    if kind in ("radio", "checkbox"):
        return [_value(control)] if control.has_attr("checked") else []
    if kind == "select":
        options = control.find_all("option")
        chosen = [option for option in options if option.has_attr("selected")]
        if not chosen and not control.has_attr("multiple"):
            chosen = [option for option in options if not option.has_attr("disabled")][:1]
        return [_value(option) for option in chosen]
    if kind == "textarea":
        return ["\r\n".join(control.get_text().removeprefix("\n").split("\n"))]
    return [str(control.get("value", ""))]
