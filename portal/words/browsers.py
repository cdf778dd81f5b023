"""Browsers in plain words, by what they call themselves."""

from __future__ import annotations

BROWSERS = {"Edg/": "Edge", "OPR/": "Opera", "Firefox/": "Firefox", "Chrome/": "Chrome", "Safari/": "Safari"}
SYSTEMS = {
    "Android": "Android",
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Windows": "Windows",
    "Macintosh": "Mac",
    "Linux": "Linux",
}


def browser_words(user_agent: str) -> str:
    """Return a browser in plain words, "Firefox en Windows"; its own claim, no proof."""
    browser = next((name for mark, name in BROWSERS.items() if mark in user_agent), "Otro navegador")
    system = next((name for mark, name in SYSTEMS.items() if mark in user_agent), None)
    return f"{browser} en {system}" if system else browser
