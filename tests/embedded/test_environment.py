"""What the pipeline's programs keep of the terminal's environment."""

from embedded.environment import inherited


def test_our_own_addresses_are_made_anew_and_the_users_are_kept() -> None:
    terminal = {
        "LEO_WRITER_URL": "postgresql://another-instance",
        "LEO_PUBLIC_URL": "http://another-instance",
        "LEO_LLM_BASE_URL": "http://127.0.0.1:11434/v1",
        "LEO_LLM_MODEL": "ollama:functiongemma",
        "LEO_LLM_DAY_TOKENS": "1000",
        "PYTHONPATH": "/elsewhere",
        "LANG": "C.UTF-8",
    }
    kept = {"LEO_LLM_BASE_URL", "LEO_LLM_MODEL", "LEO_LLM_DAY_TOKENS", "LANG"}
    assert inherited(terminal) == {name: terminal[name] for name in kept}
