"""`./leo post`: what is to stand on the tenant's Facebook Page."""

import getpass
from datetime import UTC, datetime
from pathlib import Path

import click

from leo_activation.cli.options import tenant_of, tenant_option
from leo_activation.cli.output import json_option, one_sentence, say, wants_json, write_json, write_words
from leo_activation.errors import Permanent
from leo_activation.settings import read_settings
from leo_activation.warehouse.connections import warehouse_from


@click.group()
def post() -> None:
    """Posts on the tenant's Facebook Page: written in a file, approved in Airflow, published once."""


@post.command("submit")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--by", help="Who asks for it, and cannot approve it. Default: the user of this shell.")
@tenant_option
@json_option
@one_sentence
def submit(file: Path, by: str | None, tenant: str | None, as_json: bool) -> None:
    """Submit the post in FILE (YAML), or other words for it; docs/guides/facebook.md shows the form."""
    from leo_activation.activation.page_posts.post_files import read_post_file
    from leo_activation.activation.page_posts.submission import submit_post

    settings = read_settings()
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Permanent(f"{file} cannot be read as UTF-8 text.") from error
    asked = read_post_file(text, str(file), datetime.now(UTC))
    done = submit_post(warehouse_from(settings), tenant_of(settings, tenant), asked, by or getpass.getuser())
    words = f"The post '{asked.name}' is {done.state}, version {done.version}."
    say(words, as_json, **vars(done), name=asked.name)


@post.command("list")
@tenant_option
@json_option
@one_sentence
def list_all(tenant: str | None, as_json: bool) -> None:
    """The newest posts in one line each."""
    from leo_activation.activation.page_posts.submission import list_posts

    settings = read_settings()
    found = list_posts(warehouse_from(settings), tenant_of(settings, tenant))
    if wants_json(as_json):
        for each in found:
            write_json(vars(each))
        return
    write_words(f"{each.name}: {each.state} since {each.state_changed_at:%Y-%m-%d %H:%M}" for each in found)


@post.command("show")
@click.argument("name")
@tenant_option
@json_option
@one_sentence
def show(name: str, tenant: str | None, as_json: bool) -> None:
    """The post NAME with its words, who decided, and what became of it."""
    from leo_activation.activation.page_posts.submission import list_posts

    settings = read_settings()
    found = list_posts(warehouse_from(settings), tenant_of(settings, tenant), name)
    if not found:
        raise Permanent(f"There is no post '{name}'.")
    each = found[0]
    if wants_json(as_json):
        write_json(vars(each))
        return
    told = {
        "state": f"{each.state} since {each.state_changed_at:%Y-%m-%d %H:%M %Z}",
        "page": each.page_id,
        "version": each.version,
        "between": f"{each.not_before:%Y-%m-%d %H:%M} and {each.publish_by:%Y-%m-%d %H:%M %Z}",
        "asked for by": each.requested_by,
        "decided by": each.decided_by,
        "last answer": each.answer,
        "at Facebook": each.facebook_id,
        "known by": each.settled_by,
        "link": each.link,
    }
    write_words([*(f"{what}: {value}" for what, value in told.items() if value is not None), "", each.message])


@post.command("withdraw")
@click.argument("name")
@tenant_option
@json_option
@one_sentence
def withdraw(name: str, tenant: str | None, as_json: bool) -> None:
    """Take the post NAME back before it is tried."""
    from leo_activation.activation.page_posts.submission import withdraw_post

    settings = read_settings()
    withdraw_post(warehouse_from(settings), tenant_of(settings, tenant), name)
    say(f"The post '{name}' is withdrawn.", as_json, name=name, state="withdrawn")
