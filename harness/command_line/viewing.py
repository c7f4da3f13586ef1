"""`rejoinder view`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from harness.command_line.report_options import Language


def view(
    run: Annotated[Path, typer.Argument(help="Folder of a run.", metavar="RUN")],
    port: Annotated[int, typer.Option(min=0, max=65_535, help="Port on the loopback; any free one if 0.")] = 0,
    language: Language = None,
    opens_browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Open the page in the browser.")] = True,
) -> None:
    """Show the report of a run of any size, its cases page by page; names and marks that you give are kept in its folder."""
    import webbrowser  # noqa: PLC0415

    from harness.viewing import open_view  # noqa: PLC0415
    from reports.view.server import address_of, make_server  # noqa: PLC0415
    from suites.userfile import InputError  # noqa: PLC0415

    opened = open_view(run, language)
    try:
        server = make_server(opened, port)
    except OSError as error:
        raise InputError(
            f"the port {port} cannot be listened on ({error.strerror}); choose another with --port"
        ) from error
    address = address_of(server, opened)
    typer.echo(f"{address}\nOnly this machine can open it, with this token. Stop with Ctrl+C.")
    if opens_browser:
        webbrowser.open(address)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        typer.echo("stopped")
    finally:
        server.server_close()
