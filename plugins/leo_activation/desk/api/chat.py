"""`/chat`: a prompt, answered within a time limit.

It is submitted as a request and handled at once by the grammar, which takes no model's time. What the grammar does
not place is left to the inbox where there is a model to read it; what takes too long goes on, and the answer says so.
Either way the answer tells what waits for whom.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from threading import BoundedSemaphore
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from leo_activation.actions import REQUESTER, Answer, ask
from leo_activation.actions.waiting import waits_for
from leo_activation.actions.wording import Say, say
from leo_activation.desk.api.admission import Caller, CallerDep
from leo_activation.desk.api.inbox import RequestId, Words
from leo_activation.desk.app import Desk
from leo_activation.embedding import Encoder
from leo_activation.errors import Transient
from leo_activation.segments.language_tasks import LanguageTasks
from leo_activation.segments.model_tasks import grammar_tasks, grammar_tasks_for_now
from leo_activation.segments.planners.llm_answers import language_for
from leo_activation.segments.requests import RequestState
from leo_activation.sync.runs import data_as_of

PATIENCE_S = 25.0
AT_ONCE = 4
"""Prompts that this process handles side by side."""
MOST_WAITING = 4
"""Prompts that wait their turn, each within its own patience; any more are refused at once."""
MOST_MESSAGES = 50


class Message(BaseModel):
    """One message of a conversation."""

    model_config = ConfigDict(extra="forbid")

    role: Literal["user", "assistant", "system"] = Field(examples=["user"])
    content: str = Field(max_length=20_000, examples=["Customers who bought red socks in the last 60 days"])


def _ends_with_the_user(messages: list[Message]) -> list[Message]:
    if messages[-1].role != "user":
        raise ValueError("the last message has to be the user's")
    return messages


class Prompt(BaseModel):
    """What is asked, as LEO Activation's `/chat` took it."""

    model_config = ConfigDict(extra="forbid")

    prompt: (
        Words
        | Annotated[list[Message], Field(min_length=1, max_length=MOST_MESSAGES), AfterValidator(_ends_with_the_user)]
    ) = Field(
        description="The words, or a conversation whose last message is the user's: that one is read, and no other.",
        examples=["Create a segment named 'Red socks': customers who bought red socks in the last 60 days"],
    )
    revises_request_id: RequestId | None = Field(default=None, description="The request that this changes or answers.")
    key: str | None = Field(
        default=None,
        pattern=r"^[!-~]{1,200}$",
        description="Asked again with the same key and words, it is the same request.",
        examples=["3f0c1c52-1c1e-4f53-9d0b-1b7d6a6f2c11"],
    )


class Debug(BaseModel):
    """What was done for the answer."""

    calls: list[dict[str, Any]] = Field(description="Calls of actions and of language models, in their order.")
    data: dict[str, Any] = Field(
        description="Ids, states and counts; `waits_for` says whose turn it is.",
        examples=[{"request_id": 12, "state": "drafted", "segment_id": "red_socks", "waits_for": "approver"}],
    )


class Answered(BaseModel):
    """The answer in the language of the prompt."""

    answer: str = Field(examples=["This is how your request was read: …"])
    debug: Debug


class Chat:
    """The handler; it runs in a thread, and handles in one of its own that ends when it ends."""

    def __init__(
        self, desk: Desk, encoder: Encoder, has_model: Callable[[], bool], patience_s: float = PATIENCE_S
    ) -> None:
        """has_model: whether the inbox asks a language model where the grammar does not place every word."""
        self._desk = desk
        self._encoder = encoder
        self._has_model = has_model
        self._patience_s = patience_s
        self._pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="desk-chat")
        # Whoever waits here holds one of the threads in which Airflow's own API answers, too.
        self._places = BoundedSemaphore(AT_ONCE + MOST_WAITING)

    def answer(self, caller: CallerDep, asked: Prompt) -> Answered:
        """Ask for a segment, why a customer is in one, what was done before, or how far a request has come.

        A segment that is asked for is drafted up to its review, where it waits for a person; nothing is approved or
        sent. The answer comes within 25 seconds: where a language model has to read the prompt, or drafting takes
        longer, it says so, and the request goes on by itself.
        """
        text = asked.prompt if isinstance(asked.prompt, str) else asked.prompt[-1].content
        tasks = grammar_tasks_for_now() if self._has_model() else grammar_tasks()
        submitted: list[int] = []
        if not self._places.acquire(blocking=False):
            raise Transient(f"A prompt for {caller.tenant_id} found {AT_ONCE + MOST_WAITING} others before it.")
        try:
            work = self._pool.submit(self._ask, caller, text, asked, tasks, submitted)
            wait([work], self._patience_s)
        finally:
            self._places.release()
        if work.done():
            told = work.result()
        elif submitted:
            told = _still_at_work(text, submitted[0])
        else:
            work.cancel()
            raise Transient(f"A prompt for {caller.tenant_id} was not begun within {self._patience_s:.0f} s.")
        return Answered(answer=told.answer, debug=Debug.model_validate(told.debug))

    def _ask(self, caller: Caller, text: str, asked: Prompt, tasks: LanguageTasks, submitted: list[int]) -> Answer:
        def tasks_of(request_id: int) -> LanguageTasks:
            submitted.append(request_id)
            return tasks

        return ask(
            self._desk.warehouse,
            caller.tenant_id,
            text,
            asked_by=caller.person.user_id,
            permissions=REQUESTER,
            as_of=data_as_of(self._desk.warehouse, caller.tenant_id),
            encoder=self._encoder,
            tasks=tasks_of,
            revises_request_id=asked.revises_request_id,
            key=asked.key,
        )


def _still_at_work(text: str, request_id: int) -> Answer:
    state = RequestState.SUBMITTED
    data = {"request_id": request_id, "state": str(state), "waits_for": waits_for(state)}
    return Answer(say(language_for(text), Say.AT_WORK, request_id=request_id), {"calls": [], "data": data})
