"""The language that somebody chose, kept in a cookie of their browser."""

from http import HTTPStatus

from fastapi.responses import RedirectResponse, Response

from leo_activation.desk.app import LANGUAGE_COOKIE, Desk, Pages, Visit
from leo_activation.desk.identity import Capability
from leo_activation.desk.rendering import Tongue
from leo_activation.errors import Permanent
from leo_activation.told import Told

KEPT_S = 365 * 24 * 3600


class LanguageChoice:
    """The switch in the frame of every page."""

    def __init__(self, desk: Desk) -> None:
        """Nothing is kept here."""
        self._desk = desk

    def add_to(self, pages: Pages) -> None:
        """Register it."""
        pages.add("POST", "/language", Capability.READ, self.choose)

    def choose(self, visit: Visit) -> Response:
        """Remember the language, and back to the page that it was chosen on.

        Raises:
            Permanent: the desk does not speak it.
        """
        chosen = visit.form.get("language", "")
        if chosen not in set(Tongue):
            raise Permanent(Told.of("The desk does not speak this language."))
        back = visit.form.get("back", "")
        inside = f"{self._desk.root}/{visit.tenant_id}/"
        answer = RedirectResponse(back if back.startswith(inside) else f"{inside}ask", HTTPStatus.SEE_OTHER)
        secure = visit.request.url.scheme == "https"
        answer.set_cookie(
            LANGUAGE_COOKIE, chosen, KEPT_S, path=self._desk.root, secure=secure, httponly=True, samesite="lax"
        )
        return answer
