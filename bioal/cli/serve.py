"""`bioal serve`: the campaign as a local page, for people who do not use a terminal."""

from __future__ import annotations

from pathlib import Path

import click

from bioal.cli.answer import Answer
from bioal.cli.commands import command
from bioal.errors import UsageError

LIBRARIES = ("flask", "waitress", "werkzeug", "jinja2", "markupsafe", "itsdangerous", "blinker")


@command("serve", example="bioal serve\nbioal serve --no-browser --port 8765")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=0,
    metavar="N",
    help="The port on this computer; any that is free by default.",
)
@click.option("--no-browser", is_flag=True, help="Only print the address.")
def serve(folder: Path, port: int, *, no_browser: bool) -> Answer:
    """Show the campaign as a page in the browser, on this computer only.

    In a folder without a campaign: the campaigns in the folders below, and a form to begin one. Type results
    into a plate, hand in files, propose, read the report. Ctrl-C ends it.
    """
    try:
        from bioal.web.server import serve as run
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in LIBRARIES:
            raise
        said = "The page needs a server library. Install it: pip install 'bioal[web]'."
        raise UsageError(said) from error

    def tell(address: str) -> None:
        click.echo(f"bioal is at {address}", err=True)
        click.echo("Open this address in a browser on this computer; Ctrl-C here ends it.", err=True)

    run(folder, port=port, browse=not no_browser, tell=tell)
    return Answer({"folder": folder}, ("Ended. Everything that was recorded is in the folder.",))


COMMANDS = (serve,)
