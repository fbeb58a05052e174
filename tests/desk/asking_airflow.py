"""A process of its own, with an Airflow of its own: what the desk makes of tokens of the simple auth manager.

Reads {name: headers} as JSON, with "<token of NAME>" and "<old token of NAME>" in them; writes {name: [user id,
capabilities]}, null where the desk sees nobody.
"""

import asyncio
import json
import re
import sys

from airflow import settings as airflow_settings
from airflow.api_fastapi.app import init_auth_manager
from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser
from airflow.models.revoked_token import RevokedToken
from fastapi import Request

from leo_activation.desk.airflow_identity import identify, login_url
from leo_activation.settings import read_settings

ROLES = {"viewer": "viewer", "user": "user", "named": "user", "watching": "viewer", "op": "op", "admin": "admin"}
LONG_AGO_S = -3600


async def see_all() -> dict[str, object]:
    RevokedToken.__table__.create(airflow_settings.engine)
    manager = init_auth_manager()
    who = identify(read_settings())
    seen: dict[str, object] = {"login": login_url("/segment-desk/retail/ask?text=a b&c")}

    def token(found: re.Match[str]) -> str:
        user = SimpleAuthManagerUser(username=found[2], role=ROLES[found[2]])
        return manager.generate_jwt(user, **({"expiration_time_in_seconds": LONG_AGO_S} if found[1] else {}))

    for name, headers in json.load(sys.stdin).items():
        raw = [
            (key.encode(), re.sub("<(old )?token of ([a-z]+)>", token, text).encode()) for key, text in headers.items()
        ]
        person = await who(Request({"type": "http", "method": "GET", "path": "/", "query_string": b"", "headers": raw}))
        seen[name] = None if person is None else [person.user_id, sorted(person.may)]
    return seen


print("seen " + json.dumps(asyncio.run(see_all())))
