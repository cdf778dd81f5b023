"""Templates escape what they print, whatever it is, as Jinja's own output does."""

from __future__ import annotations

from jinja2 import Environment
from markupsafe import Markup
from werkzeug.local import LocalProxy

from portal.domain.modalities import Modality
from tests.application import RunningPortal

SOURCE = (
    "{% macro cell(text) %}<td>{{ text }}</td>{% endmacro %}"
    "{% set kept %}<i>{{ text }}</i>{% endset %}"
    "{{ text }} {{ markup }} {{ number }} {{ absent }} {{ word }} {{ kept }} {{ cell(text) }} {{ text ~ markup }} "
    "{{ lazy }} {{ [text, markup]|join(', ') }} {{ text|upper }} {{ text|e }} {% if text %}{{ renders }}{% endif %} "
    "{% call(each) outer() %}{{ each }}{% endcall %}"
)
OUTER = "{% macro outer() %}<b>{{ caller(text) }}</b>{% endmacro %}"


class Renders:
    def __html__(self) -> str:
        return "<em>own</em>"


def test_what_is_printed_is_escaped_as_jinja_does_it(portal: RunningPortal):
    given = {
        "text": "<script>'a' & \"b\"</script>",
        # Says that it is a text, and is none to who asks closer.
        "lazy": LocalProxy(lambda: "<script>later</script>"),
        "markup": Markup("<b>&amp;</b>"),
        "number": -3,
        "word": Modality.INDUSTRIAL,
        "renders": Renders(),
    }
    own = portal.app.jinja_env.from_string(OUTER + SOURCE).render(given)
    plain = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
    assert own == plain.from_string(OUTER + SOURCE).render(given)
    assert "<script>" not in own
    assert own.count("&lt;script&gt;") > 5


def test_a_text_of_another_kind_is_escaped_too(portal: RunningPortal):
    class Text(str):
        pass

    assert portal.app.jinja_env.from_string("{{ text }}").render(text=Text("<b>")) == "&lt;b&gt;"
