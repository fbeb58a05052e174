"""What the set-up says when it cannot go on."""


class SetupError(Exception):
    """The set-up cannot go on; the message is one clear sentence for the person at the terminal."""
