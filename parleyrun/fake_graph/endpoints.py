"""Endpoints: which call means what, and a list of all that came."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from typing import Any

from .fake_page import FIELDS, FakePage
from .graph_calls import GraphCall, GraphRequest
from .graph_faults import GraphFaults
from .graph_server import GraphAnswer
from .message_rules import UPLOAD_BYTES, check_attachment
from .messages_endpoint import CallOutcome, MessagesEndpoint, psid_of
from .moved_clock import MovedClock
from .refusals import Refusal, bad_parameter, unknown_path
from .watched_state import WatchedState

_PATH = re.compile(r"/v\d{1,3}\.\d{1,2}/(?P<node>[^/]+)(?:/(?P<edge>[^/]+))?/?")
_PROFILE_KEYS = ("get_started", "greeting", "persistent_menu", "ice_breakers", "whitelisted_domains")


class Endpoints:
    """Answers calls. `calls` are all that came, oldest first; guarded by the fake's lock."""

    def __init__(
        self,
        page: FakePage,
        messages: MessagesEndpoint,
        faults: GraphFaults,
        watched: WatchedState,
        clock: MovedClock,
    ) -> None:
        self.calls: list[GraphCall] = []
        self._page = page
        self._messages = messages
        self._faults = faults
        self._watched = watched
        self._clock = clock

    def answer(self, request: GraphRequest | Refusal, method: str) -> GraphAnswer:
        """Answer a request, or say why it cannot be one. Any thread."""
        began = self._clock.time()
        if isinstance(request, Refusal):
            outcome = CallOutcome(body={}, refusal=request)
            request = GraphRequest(method=method, path="", headers={}, params={}, body={})
            status = self._record(request, outcome, began)
        else:
            if request.path.endswith("/messages"):
                self._messages.delay(psid_of(request.body))
            # In one step, so that whoever sees what a call has done finds the call.
            with self._watched:
                outcome = self._outcome(request)
                status = self._record(request, outcome, began)
        if outcome.before is not None:
            outcome.before()
        body = outcome.body if outcome.refusal is None else outcome.refusal.answer(secrets.token_urlsafe(8))
        with self._watched:
            headers = self._faults.usage_headers(self._page.id)
        return GraphAnswer(status, body, headers, outcome.after)

    def _record(self, request: GraphRequest, outcome: CallOutcome, began: float) -> int:
        """Keep a call, and return the status that is answered."""
        status = 0 if outcome.dropped else 200 if outcome.refusal is None else outcome.refusal.http_status
        call = GraphCall(
            method=request.method,
            path=request.path,
            params=request.params,
            body=request.body,
            upload=request.upload,
            began=began,
            at=self._clock.time(),
            status=status,
            code=None if outcome.refusal is None else outcome.refusal.code,
            subcode=None if outcome.refusal is None else outcome.refusal.subcode,
            psid=psid_of(request.body),
            message_id=outcome.message_id,
        )
        with self._watched:
            self.calls.append(call)
        return status

    def _outcome(self, request: GraphRequest) -> CallOutcome:
        try:
            match = _PATH.fullmatch(request.path)
            if match is None:
                raise unknown_path(request.method, request.path)
            self._page.check_token(_token_of(request))
            self._page.check_proof(request.params.get("appsecret_proof"))
            return self._route(request, match["node"], match["edge"])
        except Refusal as refusal:
            return CallOutcome(body={}, refusal=refusal)

    def _route(self, request: GraphRequest, node: str, edge: str | None) -> CallOutcome:
        of_page = node in ("me", self._page.id)
        if of_page and (request.method, edge) == ("POST", "messages"):
            return self._messages.take(request)
        self._check_faults(edge or node)
        if of_page:
            return CallOutcome(body=self._of_page(request, edge))
        if edge is None and node == "debug_token":
            return CallOutcome(body=self._debug_token(request))
        if edge is None and node in self._page.personas:
            return CallOutcome(body=self._of_persona(request, node))
        raise unknown_path(request.method, request.path)

    def _check_faults(self, endpoint: str) -> None:
        fault = self._faults.take(endpoint, None)
        if fault is not None:
            raise fault.refusal

    def _of_page(self, request: GraphRequest, edge: str | None) -> Mapping[str, Any]:
        page = self._page
        match request.method, edge:
            case "GET", None:
                return {"id": page.id, "name": page.name}
            case "GET", "permissions":
                return {"data": [{"permission": name, "status": "granted"} for name in sorted(page.permissions)]}
            case "POST", "message_attachments":
                self._faults.check_throttle()
                return {"attachment_id": self._upload(request)}
            case "POST", "personas":
                return {"id": page.create_persona({**request.params, **request.body}).id}
            case "GET", "personas":
                return {"data": [_persona(page, id) for id in page.personas]}
            case _, "subscribed_apps":
                return self._subscriptions(request)
            case _, "messenger_profile":
                return self._profile(request)
        raise unknown_path(request.method, request.path)

    def _upload(self, request: GraphRequest) -> str:
        message = request.body.get("message")
        attachment = message.get("attachment") if isinstance(message, Mapping) else None
        check_attachment(attachment)
        assert isinstance(attachment, Mapping), "it was checked"
        if request.upload is not None and request.upload.size_bytes > UPLOAD_BYTES:
            raise Refusal(100, 2018109, f"expected a file of at most {UPLOAD_BYTES} bytes")
        now = self._clock.time()
        return self._page.keep_attachment(self._page.attachment(attachment, request.upload, now), now)

    def _of_persona(self, request: GraphRequest, id: str) -> Mapping[str, Any]:
        match request.method:
            case "GET":
                return _persona(self._page, id)
            case "DELETE":
                self._page.delete_persona(id)
                return {"success": True}
        raise unknown_path(request.method, request.path)

    def _subscriptions(self, request: GraphRequest) -> Mapping[str, Any]:
        page = self._page
        match request.method:
            case "GET":
                app = {"id": page.app_id, "name": page.name, "subscribed_fields": sorted(page.subscribed_fields)}
                return {"data": [app] if page.subscribed_fields else []}
            case "POST":
                if "pages_manage_metadata" not in page.permissions:
                    raise Refusal(200, None, "Requires pages_manage_metadata permission to manage the object")
                page.subscribed_fields = set(_subscribed(_argument(request, "subscribed_fields")))
            case "DELETE":
                page.subscribed_fields = set()
        return {"success": True}

    def _profile(self, request: GraphRequest) -> Mapping[str, Any]:
        profile = self._page.profile
        match request.method:
            case "GET":
                asked = _names(_argument(request, "fields"))
                found = {key: profile[key] for key in asked if key in profile}
                return {"data": [found] if found else []}
            case "POST":
                unknown = set(request.body) - set(_PROFILE_KEYS) - {"access_token"}
                if unknown or not request.body:
                    raise bad_parameter(f"expected some of {', '.join(_PROFILE_KEYS)}, got {sorted(unknown)}")
                if "persistent_menu" in request.body and "get_started" not in {**profile, **request.body}:
                    raise bad_parameter("You must set a Get Started button if you also wish to use a menu")
                profile.update({key: request.body[key] for key in _PROFILE_KEYS if key in request.body})
            case "DELETE":
                for key in _names(_argument(request, "fields")):
                    profile.pop(key, None)
        return {"result": "success"}

    def _debug_token(self, request: GraphRequest) -> Mapping[str, Any]:
        valid = request.params.get("input_token") == self._page.token and self._page.token_is_valid
        about = {
            "app_id": self._page.app_id,
            "type": "PAGE",
            "is_valid": valid,
            "profile_id": self._page.id,
            "scopes": sorted(self._page.permissions),
        }
        return {"data": about if valid else {"is_valid": False, "scopes": []}}


def _token_of(request: GraphRequest) -> str | None:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return token.strip()
    return request.params.get("access_token") or request.body.get("access_token")


def _persona(page: FakePage, id: str) -> Mapping[str, Any]:
    persona = page.personas[id]
    return {"id": persona.id, "name": persona.name, "profile_picture_url": persona.profile_picture_url}


def _argument(request: GraphRequest, name: str) -> Any:
    return request.body.get(name, request.params.get(name, ""))


def _names(value: Any) -> list[str]:
    """Read a list of names, which may come as a list or as text with commas."""
    names = value if isinstance(value, list) else str(value).strip("[]").replace('"', "").split(",")
    return [str(name).strip() for name in names if str(name).strip()]


def _subscribed(value: Any) -> list[str]:
    names = _names(value)
    unknown = [name for name in names if name not in FIELDS]
    if unknown or not names:
        raise bad_parameter(f"Param subscribed_fields must be some of {', '.join(FIELDS)}, got {unknown}")
    return names
