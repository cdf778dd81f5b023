"""Check of opened and closed tags, which a lenient parser would silently repair."""

from html.parser import HTMLParser

VOID = frozenset(["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"])


class Balance(HTMLParser):
    """Follows the tags and notes those that do not match."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.findings: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._attributes(tag, attrs)
        if tag == "form" and "form" in self.open:
            self._note("a form inside a form")
        if tag in ("a", "button") and ("a" in self.open or "button" in self.open):
            self._note(f"<{tag}> inside a link or button")
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._attributes(tag, attrs)
        if tag not in VOID and "svg" not in self.open and tag != "svg":
            self._note(f"<{tag}/> closes nothing in HTML")

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            self._note(f"</{tag}> has no meaning")
        elif tag not in self.open:
            self._note(f"</{tag}> closes nothing")
        else:
            while (opened := self.open.pop()) != tag:
                self._note(f"<{opened}> is still open at </{tag}>")

    def close(self) -> None:
        super().close()
        self.findings += [f"<{tag}> is never closed" for tag in self.open]

    def _attributes(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        for name in sorted({name for name in names if names.count(name) > 1}):
            self._note(f"<{tag}> has {name} twice")

    def _note(self, words: str) -> None:
        line, column = self.getpos()
        self.findings.append(f"{words} (line {line}, column {column + 1})")


def markup_findings(text: str) -> list[str]:
    """Return the tags and attributes that do not match."""
    balance = Balance()
    balance.feed(text)
    balance.close()
    return balance.findings
