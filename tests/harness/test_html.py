"""The checks on every HTML answer pass a good page and find each planted fault."""

import pytest

from tests.html import check, judge
from tests.html.shape import shape_of

GOOD = """<!doctype html>
<html lang="es-CO">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Error: Cantidad</title>
<link rel="stylesheet" href="/static/portal.css"><script src="/static/htmx.js" defer></script></head>
<body><a href="#contenido">Ir al contenido</a>
<main id="contenido"><h1>Cantidad</h1><h2>Paso 4 de 5</h2>
<form method="post" action="/cantidad" hx-post="/cantidad">
<input type="hidden" name="csrf_token" value="abc">
<label for="quantity">Cantidad</label>
<p id="quantity-error">Escriba la cantidad.</p>
<input id="quantity" name="quantity" aria-invalid="true" aria-describedby="quantity-error" value="12">
<label for="email">Correo</label><input id="email" type="email" name="email" autocomplete="email">
<fieldset><legend>Tipo</legend>
<label><input type="radio" name="kind" value="a" checked> Nominación</label>
<label><input type="radio" name="kind" value="b"> Renominación</label></fieldset>
<button>Continuar</button></form>
<table id="hoja"><caption>Hoja</caption><tr><th scope="col">Día</th></tr>
<tr><td data-value="12.5">12,5</td></tr></table>
<svg role="img" aria-label="Consumo"><path d="M0 0"/></svg>
<a href="/hoja?mes=1#hoja" hx-get="/hoja?mes=1">Enero</a></main></body></html>
"""

# What is replaced, by what, and words of the finding that must follow.
FAULTS = [
    ("<!doctype html>", "", "doctype"),
    ("es-CO", "es", "lang"),
    ('<meta charset="utf-8">', "", "charset"),
    ("Error: Cantidad", "Cantidad", "does not begin with 'Error:'"),
    ("Error: Cantidad", "", "title is empty"),
    ("<h1>Cantidad</h1>", "<h1>Uno</h1><h1>Dos</h1>", "2 of h1"),
    ("<h2>Paso 4 de 5</h2>", "<h3>Paso 4 de 5</h3>", "jumps from h1 to h3"),
    ("<h2>Paso 4 de 5</h2>", "<h2></h2>", "empty heading"),
    ('id="hoja"', 'id="quantity"', "used 2 times"),
    ('href="#contenido"', 'href="#principal"', "leads nowhere"),
    ('aria-describedby="quantity-error"', 'aria-describedby="otro"', "not on the page"),
    ('aria-describedby="quantity-error"', "", "without a word why"),
    ('aria-describedby="quantity-error"', "", "no field names the message"),
    ('for="quantity"', 'for="cantidad"', "without a label"),
    ('for="quantity"', 'for="cantidad"', "a label for 'cantidad'"),
    ('name="quantity"', "", "without a name"),
    ('autocomplete="email"', "", "autocomplete"),
    ("<legend>Tipo</legend>", "", "fieldset"),
    ('value="b"', 'value="b" checked', "more than one checked"),
    ('value="abc"', 'value=""', "csrf_token"),
    ('<input type="hidden" name="csrf_token" value="abc">', "", "csrf_token"),
    ('method="post"', 'method="get"', "in the address"),
    ('method="post"', 'method="put"', "method 'put'"),
    ('action="/cantidad"', "", "without action"),
    ('hx-post="/cantidad"', 'hx-post="/otra"', "with script it asks"),
    ("<button>Continuar</button>", "", "cannot be sent"),
    ("<button>Continuar</button>", "<button></button>", "without a name"),
    ('hx-get="/hoja?mes=1"', 'hx-on:click="go()"', "code in"),
    ('hx-get="/hoja?mes=1"', 'hx-delete="/hoja"', "code in"),
    ('hx-get="/hoja?mes=1"', 'onclick="go()"', "inline onclick"),
    ('hx-get="/hoja?mes=1"', 'target="_blank"', "reach back"),
    ('href="/hoja?mes=1#hoja"', 'href="javascript:go()"', "code in href"),
    ('<svg role="img"', '<svg style="fill:red"', "inline style"),
    ('src="/static/htmx.js"', "", "inline script"),
    ('src="/static/htmx.js"', 'src="https://cdn.example/htmx.js"', "elsewhere"),
    ("</head>", "<style>p{}</style></head>", "style sheet"),
    ("<caption>Hoja</caption>", "", "caption"),
    ('<th scope="col">', "<th>", "scope"),
    ("<h2>Paso 4 de 5</h2>", '<img src="/x.png">', "without alt"),
    ("<h2>Paso 4 de 5</h2>", '<p tabindex="3">x</p>', "tabindex"),
    (">12,5<", ">None<", "code shows on the page"),
    ('data-value="12.5"', "data-value=\"Decimal('12.5')\"", "code shows in data-value"),
    ("</fieldset>", "", "still open"),
    ("<h2>Paso 4 de 5</h2>", "<h2>Paso 4 de 5</h2></div>", "closes nothing"),
    ('id="hoja"', 'id="hoja" id="tabla"', "has id twice"),
    ("<h2>Paso 4 de 5</h2>", "<div/>", "closes nothing in HTML"),
    ("<button>", "<form></form><button>", "inside a form"),
    ("Continuar</button>", '<a href="/">x</a></button>', "inside a link or button"),
]


def test_a_good_page_has_no_findings():
    assert check(GOOD) == []


@pytest.mark.parametrize(("good", "bad", "words"), FAULTS, ids=lambda text: text[:30])
def test_a_planted_fault_is_found(good: str, bad: str, words: str):
    assert good in GOOD
    findings = check(GOOD.replace(good, bad))
    assert any(words in finding for finding in findings), findings


def test_a_fragment_needs_no_page_around_it_but_keeps_to_the_rest():
    fragment = '<p id="x-error">Falta.</p><a href="#arriba">Arriba</a>'
    assert check(fragment, whole=False) == []
    assert check(fragment + '<p style="color:red">x</p>', whole=False) != []


NUMBERED = GOOD.replace(
    "</main>",
    """<p id="fila-10">a</p><p id="fila-11">&#65;</p><a href="#fila-10">Arriba</a><a href="/b/a1-D_456789012_f">B</a>
<a href="/hoja?mes=10" hx-get="/hoja?mes=10">Octubre</a><svg aria-hidden="true"><path d="M10 2.5L12 7"/></svg>
<label for="shown">Visto</label><input id="shown" name="shown" value="10"></main>""",
)


@pytest.mark.parametrize(("good", "bad", "words"), FAULTS, ids=lambda text: text[:30])
def test_a_fault_is_found_on_a_page_that_was_sound_before(good: str, bad: str, words: str):
    assert judge(GOOD, whole=True)[0] == []
    assert any(words in finding for finding in judge(GOOD.replace(good, bad), whole=True)[0])


@pytest.mark.parametrize(
    ("good", "bad", "words"),
    [
        ('id="fila-11"', 'id="fila-10"', "used 2 times"),
        ('href="#fila-10"', 'href="#fila-12"', "leads nowhere"),
        ('hx-get="/hoja?mes=10"', 'hx-get="/hoja?mes=11"', "with script it asks"),
        ("a1-D_456789012_f", "a1-None-567890-1", "code shows in href"),
        ("&#65;", "&#123;&#123;", "code shows on the page"),
        ('<p id="fila-10">', '<p id="fila-10" tabindex="10">', "tabindex"),
        ('id="shown" name', 'id="shown-12" name', "a field without a label"),
    ],
)
def test_a_fault_of_numbers_is_found_on_a_page_that_was_sound_before(good: str, bad: str, words: str):
    assert judge(NUMBERED, whole=True)[0] == []
    assert good in NUMBERED
    for _ in range(2):
        assert any(words in finding for finding in judge(NUMBERED.replace(good, bad), whole=True)[0])


def test_a_page_that_differs_in_its_numbers_alone_is_judged_once():
    assert judge(NUMBERED, whole=True)[0] == []
    other = (
        NUMBERED.replace("10", "9876").replace("M9876 2.5L12 7", "M3 4").replace("a1-D_456789012_f", "Qw3rtyuiopAsdf_-")
    )
    assert judge(other, whole=True) == ([], None)
    # The same text as a fragment is asked for other things.
    assert judge(other, whole=False)[1] is not None


def test_a_shape_keeps_what_is_equal_on_a_page_and_what_is_not():
    assert shape_of("a-10 b-11 c-10") == shape_of("a-23 b-45 c-23")
    assert shape_of("a-10 b-11 c-10") != shape_of("a-23 b-45 c-45")
    assert shape_of("<h1>1</h1>") != shape_of("<h2>1</h2>")
    assert shape_of("10") != shape_of("1")
