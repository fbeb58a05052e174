"""Where the people who ask and approve are told: an administrator sets their addresses."""

import click

from leo_activation.cli.output import json_option, one_sentence, only_json_option, say, write_lines
from leo_activation.settings import read_settings
from leo_activation.warehouse.connections import warehouse_from


@click.group()
def staff() -> None:
    """E-mail addresses of the people who ask and approve, by Airflow's user id."""


@staff.command("set")
@click.argument("user")
@click.argument("email")
@click.option("--language", type=click.Choice(["en", "vi"]), default="en", show_default=True)
@json_option
@one_sentence
def set_address(user: str, email: str, language: str, as_json: bool) -> None:
    """Tell USER at EMAIL what waits for them and what was decided (as the owner)."""
    from leo_activation.warehouse.staff import StaffMember, set_staff_address

    set_staff_address(warehouse_from(read_settings()), StaffMember(user, email, language))
    say(f"{user} is told at {email}.", as_json, user_id=user, email=email, language=language)


@staff.command("list")
@only_json_option
@one_sentence
def list_addresses() -> None:
    """Everybody who is told, one JSON object a line."""
    from leo_activation.warehouse.staff import list_staff

    write_lines(list_staff(warehouse_from(read_settings())))


@staff.command("remove")
@click.argument("user")
@json_option
@one_sentence
def remove_address(user: str, as_json: bool) -> None:
    """Tell USER nothing any more."""
    from leo_activation.warehouse.staff import remove_staff_address

    removed = remove_staff_address(warehouse_from(read_settings()), user)
    words = f"{user} is told nothing any more." if removed else f"{user} had no address."
    say(words, as_json, user_id=user, removed=removed)
