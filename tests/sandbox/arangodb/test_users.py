"""Only who shows the right password or a token of this server, still valid, is let in."""

import base64
import time

import jwt
import pytest

from sandbox.arangodb.errors import ArangoError
from sandbox.arangodb.users import EVERY_DATABASE, Level, Users


@pytest.fixture
def users() -> Users:
    users = Users("secret")
    users.add("reader", "r:e", {EVERY_DATABASE: Level.READ, "hidden": Level.NONE, "own": Level.WRITE})
    return users


def basic(name: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()


def test_the_right_password_is_taken_also_with_a_colon_in_it(users: Users) -> None:
    assert users.authenticate(basic("root", "secret")).name == "root"
    assert users.authenticate(basic("reader", "r:e")).name == "reader"


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "Basic",
        "Basic !!!",
        basic("root", "wrong"),
        basic("nobody", ""),
        basic("root", ""),
        "Bearer x.y.z",
        "Digest a",
    ],
)
def test_anything_else_is_answered_with_401_and_number_11(users: Users, header: str | None) -> None:
    with pytest.raises(ArangoError) as refused:
        users.authenticate(header)
    assert (refused.value.status, refused.value.number) == (401, 11)


def test_a_token_lets_its_user_in_until_it_expires(users: Users) -> None:
    assert users.authenticate(f"bearer {users.token('reader', 'r:e')}").name == "reader"
    with pytest.raises(ArangoError):
        users.authenticate(f"bearer {users.token('reader', 'r:e', seconds=-1)}")


def test_a_token_of_another_server_or_without_an_end_is_refused(users: Users) -> None:
    other = Users("secret").token("root", "secret")
    claims = {"preferred_username": "root", "iss": "arangodb", "exp": int(time.time()) + 60}
    unsigned = jwt.encode(claims, "", algorithm="none")
    for token in (other, unsigned):
        with pytest.raises(ArangoError):
            users.authenticate(f"bearer {token}")


def test_no_token_for_a_wrong_password(users: Users) -> None:
    with pytest.raises(ArangoError):
        users.token("root", "wrong")


def test_a_user_has_the_level_of_the_database_or_else_of_all(users: Users) -> None:
    reader = users.authenticate(basic("reader", "r:e"))
    assert [reader.level(name) for name in ("any", "hidden", "own")] == [Level.READ, Level.NONE, Level.WRITE]
