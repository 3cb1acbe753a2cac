"""An app as small as can be: a webhook that keeps what it gets, and a client of the Graph API."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import requests


class Hook:
    """A webhook. `bodies` and `signatures` are what came; `statuses` are answered first, then 200."""

    def __init__(self, verify_token):
        self.verify_token = verify_token
        self.bodies, self.signatures, self.statuses = [], [], []
        hook = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                asked = parse_qs(urlsplit(self.path).query)
                right = asked["hub.verify_token"] == [hook.verify_token] and asked["hub.mode"] == ["subscribe"]
                self.answer(200 if right else 403, asked["hub.challenge"][0].encode() if right else b"")

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                hook.bodies.append(body)
                hook.signatures.append(self.headers["X-Hub-Signature-256"])
                self.answer(hook.statuses.pop(0) if hook.statuses else 200, b"")

            def answer(self, status, content):
                self.send_response(status)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/webhook"

    def close(self):
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def posts(self):
        """Each POST as a list of its events."""
        return [
            [event for entry in json.loads(body)["entry"] for event in entry["messaging"]] for body in self.bodies
        ]

    @property
    def events(self):
        return [event for post in self.posts for event in post]


class Client:
    """Calls the Graph API as an app would."""

    def __init__(self, graph):
        self.graph = graph
        self.session = requests.Session()
        self.session.headers["Authorization"] = f"Bearer {graph.page_token}"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.session.close()

    def call(self, method, path, **options):
        return self.session.request(method, f"{self.graph.url}/v26.0/{path}", timeout=10, **options)

    def send(self, psid, text=None, *, kind="RESPONSE", top=None, **message):
        """Send a message; return status and body."""
        if text is not None:
            message["text"] = text
        body = {"recipient": {"id": psid}, "messaging_type": kind, "message": message, **(top or {})}
        answer = self.call("POST", "me/messages", json=body)
        return answer.status_code, answer.json()

    def act(self, psid, action, **top):
        answer = self.call("POST", "me/messages", json={"recipient": {"id": psid}, "sender_action": action, **top})
        return answer.status_code, answer.json()

    def refusal(self, psid, text=None, **message):
        """Send what is to be refused; return `(code, subcode)`."""
        _, body = self.send(psid, text, **message)
        return body["error"]["code"], body["error"].get("error_subcode")
