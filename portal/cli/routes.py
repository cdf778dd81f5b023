"""``portal routes``: every address with its methods and audience."""

from __future__ import annotations

import click

STATIC = "static"


@click.command()
@click.option("--check", is_flag=True, help="Status 1 when a view declares no audience.")
def routes(check: bool) -> None:
    """List every address, who may open it, and its endpoint."""
    from portal import create_app
    from portal.web.access import audience_of

    app = create_app()
    undeclared: list[str] = []
    lines: list[tuple[str, str, str, str]] = []
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: rule.rule):
        audience = audience_of(app.view_functions[rule.endpoint])
        if rule.endpoint == STATIC:
            shown = "files"
        elif audience is None:
            shown = "NOBODY"
            undeclared.append(rule.endpoint)
        else:
            shown = audience.name.lower()
        methods = ",".join(sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}))
        lines.append((methods, shown, rule.rule, rule.endpoint))
    widths = [max(len(line[column]) for line in lines) for column in range(3)]
    for methods, shown, address, endpoint in lines:
        click.echo(f"{methods:<{widths[0]}}  {shown:<{widths[1]}}  {address:<{widths[2]}}  {endpoint}")
    if check and undeclared:
        raise click.ClickException(f"No audience is declared for {', '.join(sorted(set(undeclared)))}.")
