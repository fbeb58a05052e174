"""What the set-up says of a machine that lacks something."""

import os
import socket
from pathlib import Path

import pytest

from embedded import checks
from embedded.failure import SetupError


def test_a_port_in_use_is_named_with_its_variable_and_its_process() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with pytest.raises(SetupError, match=rf"Port {port} is in use by process {os.getpid()} .*LEO_AIRFLOW_PORT"):
            checks.check_ports({"LEO_AIRFLOW_PORT": port})
    checks.check_ports({"LEO_AIRFLOW_PORT": port})


def test_a_full_disk_is_said_with_what_it_has(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match=r"1000000 GB of free disk are needed at .*; it has [\d.]+ GB"):
        checks.check_disk(tmp_path / "not" / "there", 1_000_000)


def test_a_registry_that_does_not_answer_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(SetupError, match=rf"http://127\.0\.0\.1:{port}/simple is not reachable .*needs the network"):
        checks.check_network([f"http://127.0.0.1:{port}/simple"])
