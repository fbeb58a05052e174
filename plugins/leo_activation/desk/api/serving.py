"""The API as a part of the desk."""

from collections.abc import Callable

import httpx
from fastapi import FastAPI

from leo_activation.desk.api.admission import Door
from leo_activation.desk.api.agents import LeoAgents
from leo_activation.desk.api.airflow import AirflowApi
from leo_activation.desk.api.app import DeskApi, register
from leo_activation.desk.api.chat import PATIENCE_S, Chat
from leo_activation.desk.api.inbox import Inbox
from leo_activation.desk.app import Desk
from leo_activation.embedding import Encoder


def mount_api(
    app: FastAPI,
    desk: Desk,
    encoder: Encoder,
    *,
    airflow: Callable[[], httpx.AsyncBaseTransport],
    has_model: Callable[[], bool],
    patience_s: float = PATIENCE_S,
) -> Door:
    """Add the API to the desk's app; `airflow` gives what carries a call to Airflow's own API. Gives its door."""
    asked = AirflowApi(airflow)
    door = Door(desk, asked.log_in)
    api = DeskApi(desk, door)
    register(api, Inbox(desk), Chat(desk, encoder, has_model, patience_s), LeoAgents(desk, encoder, asked))
    api.mount(app)
    return door
