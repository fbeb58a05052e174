"""The environment is read in one place, and what is wrong in it is named."""

import pytest

from leo_activation.errors import Configuration
from leo_activation.settings import DatabaseRole, Environment, read_settings


def test_nothing_set_means_the_sandbox_and_nobody_approves() -> None:
    settings = read_settings({})
    assert settings.environment is Environment.SANDBOX
    assert settings.approvers == ()


def test_an_unknown_environment_is_refused_by_name() -> None:
    with pytest.raises(Configuration, match="LEO_ENVIRONMENT is 'prod'"):
        read_settings({"LEO_ENVIRONMENT": "prod"})


def test_approvers_are_a_list_of_user_ids() -> None:
    assert read_settings({"LEO_APPROVERS": "ann, bob,,"}).approvers == ("ann", "bob")


def test_a_short_pseudonym_key_is_refused() -> None:
    with pytest.raises(Configuration, match="at least 32"):
        read_settings({"LEO_PSEUDONYM_KEY": "short"}).pseudonym_key()


def test_a_missing_url_is_named_by_its_variable() -> None:
    with pytest.raises(Configuration, match="LEO_READER_URL"):
        read_settings({}).database_url(DatabaseRole.READER)


def test_two_tasks_send_a_run_unless_another_number_is_set() -> None:
    assert read_settings({}).sending_workers() == 2
    assert read_settings({"LEO_SENDING_WORKERS": "7"}).sending_workers() == 7


@pytest.mark.parametrize("value", ["0", "65", "-1", "two", "1.5", "²"])
def test_a_number_of_workers_that_makes_no_sense_is_refused(value: str) -> None:
    with pytest.raises(Configuration, match="LEO_SENDING_WORKERS"):
        read_settings({"LEO_SENDING_WORKERS": value}).sending_workers()
