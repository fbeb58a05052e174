"""Errors as OpenAI's API answers them."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from fastapi.responses import JSONResponse


@dataclass(frozen=True)
class ErrorAnswer:
    """One error with its HTTP status; `param` is the path of the field that is wrong, if one is."""

    status: int
    message: str
    type: str = "invalid_request_error"
    param: str | None = None
    code: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    def response(self) -> JSONResponse:
        """The answer as it goes out."""
        body = {"message": self.message, "type": self.type, "param": self.param, "code": self.code}
        return JSONResponse({"error": body}, status_code=self.status, headers=dict(self.headers))


class Refused(Exception):
    """The request is answered with an error."""

    def __init__(self, answer: ErrorAnswer) -> None:
        """Keep the answer."""
        super().__init__(answer.message)
        self.answer = answer


def bad_request(message: str, param: str | None = None, code: str | None = None) -> Refused:
    """The request itself is wrong: 400."""
    return Refused(ErrorAnswer(400, message, param=param, code=code))
