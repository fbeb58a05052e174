"""What an edit raises where it has to ask, and nothing is changed."""

from leo_activation.segments.request import Question


class Unclear(Exception):
    """The requester is asked: `words` of the follow-up cannot be placed, and the questions would settle them."""

    def __init__(
        self,
        words: tuple[str, ...],
        questions: tuple[Question, ...],
        *,
        refused: bool = False,
        ignored: tuple[str, ...] = (),
    ) -> None:
        """Keep the words, the questions, and whether what was asked is never done."""
        super().__init__(questions[0].text)
        self.words = words
        self.questions = questions
        self.refused = refused
        self.ignored = ignored


def ask(words: str, text: str, readings: tuple[str, ...] = ()) -> Unclear:
    """The question about some words of the follow-up."""
    return Unclear((words,), (Question(text=text, readings=readings),))
