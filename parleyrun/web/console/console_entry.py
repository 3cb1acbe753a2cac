"""The console's entry: the page that asks for the token, works without script, and lets people in and out."""

from __future__ import annotations

import html
from pathlib import Path
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from .bounded_body import bounded_body
from .console_access import ConsoleAccess, NotLetIn, refuse_other_pages

PAGES = Path(__file__).parent / "pages"

LONGEST_FORM_BYTES = 4096
LONGEST_NAME = 100
NAMELESS = "console"
"""Who acts, for the record, where nobody has said who they are."""


class ConsoleEntry:
    """Answers for `/console/` and for who comes in and goes out.

    Args:
        access: Lets people in.
        title: What the study is called.
    """

    def __init__(self, access: ConsoleAccess, title: str) -> None:
        self.access = access
        self._title = html.escape(title)

    async def page(self, request: Request) -> Response:
        """Answer with the pages for who is in, and with the question for the token for everybody else."""
        if self.access.of_cookie(request.scope) is None:
            return self._entry(401, "")
        return HTMLResponse(_page("index.html").replace("{{title}}", self._title))

    async def enter(self, request: Request) -> Response:
        """Take the token of the form: on to the pages, or the same page again with what is wrong."""
        refuse_other_pages(request.scope, is_form=True)
        form = parse_qs((await bounded_body(request, LONGEST_FORM_BYTES)).decode("latin-1"), max_num_fields=4)
        token, name = (form.get(each, [""])[0].strip() for each in ("token", "name"))
        try:
            role = self.access.role_of(request.scope, token)
        except NotLetIn as refused:
            return self._entry(refused.status, refused.sentence, refused.headers)
        if not name or len(name) > LONGEST_NAME or not name.isprintable():
            name = NAMELESS
        before = self.access.of_cookie(request.scope)
        if before is not None:  # whoever comes in once more is in once
            self.access.close(request.scope, before)
        # `303` has the browser ask for the page itself; the address is relative, as a proxy may stand in front.
        inside = RedirectResponse("./", 303)
        inside.headers["set-cookie"] = self.access.open(request.scope, role, name)
        return inside

    async def leave(self, request: Request) -> Response:
        """Let somebody in no longer."""
        visitor = self.access.visitor(request.scope, acts=True)
        gone = Response(status_code=204)
        gone.headers["set-cookie"] = self.access.close(request.scope, visitor)
        return gone

    def _entry(self, status: int, sentence: str, headers: dict[str, str] | None = None) -> Response:
        page = _page("entry.html").replace("{{title}}", self._title)
        return HTMLResponse(page.replace("{{sentence}}", html.escape(sentence)), status, headers)


def _page(name: str) -> str:
    return (PAGES / name).read_text("utf-8")
