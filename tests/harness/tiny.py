"""Portal of three pages for testing the tools; `?fault=` plants a fault."""

from flask import Flask, Response, abort, redirect, request, session

PAGE = """<!doctype html><html lang="es-CO"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width"><title>{title}</title><link rel="icon" href="data:image/png;base64,">
</head><body><main><h1>{title}</h1>{body}</main></body></html>"""
FORM = """<form method="post" action="/pedido" enctype="multipart/form-data" novalidate>
<input type="hidden" name="csrf_token" value="abc"><input type="hidden" name="version" value="3">
<label for="name">Nombre</label><input id="name" name="name" value="Ana" maxlength="20">
<label for="fixed">Fijo</label><input id="fixed" name="fixed" value="f" readonly>
<label for="off">Cerrado</label><input id="off" name="off" value="o" disabled>
<label for="note">Nota</label><textarea id="note" name="note">
una
dos</textarea>
<label for="month">Mes</label><select id="month" name="month"><option value="1">enero</option>
<option value="2" selected>febrero</option><option value="3" disabled>marzo</option></select>
<fieldset><legend>Tipo</legend><label><input type="radio" name="kind" value="n"> Nominación</label>
<label><input type="radio" name="kind" value="r"> Renominación</label></fieldset>
<label><input type="checkbox" name="consent"> Acepto</label>
<label><input type="checkbox" name="day" value="mon" checked> Lunes</label>
<label><input type="checkbox" name="day" value="tue"> Martes</label>
<label for="file">Archivo</label><input id="file" type="file" name="file">
<button>Enviar</button><button name="action" value="draft" formaction="/borrador">Guardar</button></form>
<form method="get" action="/eco"><label for="q">Buscar</label><input id="q" name="q" required><button>Buscar</button>
</form><p>{extra}</p>"""
FAULTS = {
    "style": '<p style="color:red">rojo</p>',
    "script": "<script>document.title = 'x'</script>",
    "missing": '<img src="/no-hay.png" alt="">',
    "contrast": '<p class="pale">apenas se lee</p>',
    "console": '<script src="/console.js"></script>',
    "throw": '<script src="/throw.js"></script>',
}
CSP = "default-src 'none'; img-src 'self' data:; style-src 'self'; script-src 'self'; form-action 'self'"


def create_app() -> Flask:
    """Make the tiny portal."""
    app = Flask(__name__, static_folder=None)
    app.secret_key = "tiny"

    @app.after_request
    def headers(response: Response) -> Response:
        response.headers["Content-Security-Policy"] = CSP
        return response

    @app.get("/")
    def home() -> str:
        fault = FAULTS.get(request.args.get("fault", ""), "")
        links = '<a href="/pedido">Pedido</a> <a href="/pedido">Pedido</a> <a href="/rueda">Rueda</a>'
        leave = '<a href="/fuera">Fuera</a> <a id="eco" href="eco?q=1#fin">Eco</a>'
        sheet = '<link rel="stylesheet" href="/pale.css">'
        return PAGE.format(title="Inicio", body=f"<p>{links} {leave}</p>{fault}").replace("</head>", sheet + "</head>")

    @app.get("/pedido")
    def ask() -> str:
        return PAGE.format(title="Pedido", body=FORM.format(extra=session.get("sent", "nada")))

    @app.post("/pedido")
    def receive() -> Response:
        fields = [(name, value) for name in request.form for value in request.form.getlist(name)]
        fields += [(name, f"{file.filename}:{file.read().decode()}") for name, file in request.files.items()]
        session["sent"] = repr(fields)
        if request.headers.get("HX-Request"):
            return Response("", headers={"HX-Redirect": "/pedido"})
        return redirect("/pedido", 303)

    @app.post("/borrador")
    def draft() -> tuple[str, int]:
        return PAGE.format(title="Borrador", body=f"<p>{request.form['action']}</p>"), 422

    @app.get("/eco")
    def echo() -> str:
        if request.headers.get("HX-Request"):
            return f"<p>{request.args['q']}</p>"
        seen = f"{request.headers.get('Referer')} {request.headers.get('Sec-Fetch-Site')}"
        return PAGE.format(title="Eco", body=f'<p data-value="{request.args["q"]}">{seen}</p>')

    @app.get("/rueda")
    def round_and_round() -> Response:
        return redirect("/rueda")

    @app.get("/fuera")
    def out() -> Response:
        return redirect("https://example.com/")

    @app.get("/<name>")
    def files(name: str) -> Response:
        texts = {
            "pale.css": ("text/css", ".pale{color:#ddd;background:#fff}"),
            "console.js": ("text/javascript", "console.error('se rompió')"),
            "throw.js": ("text/javascript", "throw new Error('roto')"),
            "datos.csv": ("text/csv", "a;b"),
        }
        if name not in texts:
            abort(404)
        kind, text = texts[name]
        return Response(text, mimetype=kind)

    return app
