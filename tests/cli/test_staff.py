"""`./leo staff`: an administrator says where the people who ask and approve are told."""

from tests.cli.conftest import Leo, told, told_lines


def test_an_address_is_set_listed_and_removed(leo: Leo) -> None:
    assert told(leo("staff", "set", "reviewer", "r@staff.example", "--language", "vi", "--json")) == {
        "user_id": "reviewer",
        "email": "r@staff.example",
        "language": "vi",
    }
    assert {"user_id": "reviewer", "email": "r@staff.example", "language": "vi"} in told_lines(leo("staff", "list"))
    assert told(leo("staff", "remove", "reviewer", "--json")) == {"user_id": "reviewer", "removed": True}
    assert leo("staff", "remove", "reviewer").stdout.strip() == "reviewer had no address."


def test_what_is_no_address_is_one_sentence(leo: Leo) -> None:
    result = leo("staff", "set", "reviewer", "nowhere")
    assert (result.exit_code, result.stderr.strip()) == (1, "leo: What was given for reviewer is no e-mail address.")


def test_a_language_that_nobody_is_written_to_in_is_a_wrong_command_line(leo: Leo) -> None:
    assert leo("staff", "set", "reviewer", "r@staff.example", "--language", "de").exit_code == 2
