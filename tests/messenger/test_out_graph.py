"""The client of the Graph API, over real sockets."""

from __future__ import annotations

import json
import socket
import threading
from contextlib import closing

import pytest

from parleyrun.channels.messenger.graph.error_codes import Treatment, advice_on, treatment_of
from parleyrun.channels.messenger.graph.graph_client import GraphClient
from parleyrun.channels.messenger.graph.usage import Usage, usage_of
from parleyrun.errors import ChannelError, GraphError, GraphUnreachable

TOKEN = "EAABsecret"


class OneAnswer:
    """A server that answers each connection with the next of some bytes; None is silence, b"" hanging up."""

    def __init__(self, *answers):
        self._socket = socket.socket()
        self._socket.bind(("127.0.0.1", 0))
        self._socket.listen()
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self.requests = []
        self._silent = []
        self._thread = threading.Thread(target=self._serve, args=(answers,))
        self._thread.start()

    def _serve(self, answers):
        for answer in answers:
            connection, _ = self._socket.accept()
            self.requests.append(self._read(connection))
            if answer is None:
                self._silent.append(connection)
                continue
            connection.sendall(answer)
            connection.close()

    def _read(self, connection):
        request = b""
        while b"\r\n\r\n" not in request:
            request += connection.recv(65536)
        head, _, body = request.partition(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0] or 0)
        while len(body) < length:
            body += connection.recv(65536)
        return head.decode(), body

    def close(self):
        self._thread.join(60)
        for connection in self._silent:
            connection.close()
        self._socket.close()


def answer(body, status=200, **headers):
    told = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    return f"HTTP/1.1 {status} X\r\n{told}Content-Length: {len(body)}\r\n\r\n{body}".encode()


@pytest.fixture
def asked():
    """Return a function that posts to a server with that answer; and what the server was asked."""
    opened = []

    def ask(*answers, method="post", **more):
        server = OneAnswer(*answers)
        opened.append(server)
        client = GraphClient(
            graph_url=server.url, api_version="v26.0", page_id="1", page_token=TOKEN, read_seconds=0.2
        )
        opened.append(client)
        if method == "get":
            return client, server, client.get("me", fields="id,name")
        return client, server, client.post("1/messages", {"text": "ä", "more": {"a": 1}}, **more)

    yield ask
    for thing in reversed(opened):
        thing.close()


def test_the_token_travels_in_a_header_and_in_no_address(asked):
    _, server, _ = asked(answer('{"id": "1"}'), method="get")
    head, _ = server.requests[0]
    assert head.startswith("GET /v26.0/me?fields=id%2Cname HTTP/1.1")
    assert f"Authorization: Bearer {TOKEN}" in head
    assert head.count(TOKEN) == 1


def test_the_token_is_not_replaced_by_what_a_netrc_says(asked, tmp_path, monkeypatch):
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login me password mine")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    _, server, _ = asked(answer("{}"))
    assert f"Authorization: Bearer {TOKEN}" in server.requests[0][0]


def test_a_body_is_json(asked):
    _, server, given = asked(answer('{"message_id": "m_1"}'))
    head, body = server.requests[0]
    assert "Content-Type: application/json" in head
    assert body == b'{"text":"\\u00e4","more":{"a":1}}'
    assert given == {"message_id": "m_1"}


def test_a_file_travels_in_a_form(asked):
    _, server, _ = asked(answer("{}"), files={"filedata": ("cat.png", b"\x89PNG", "image/png")})
    head, body = server.requests[0]
    assert "Content-Type: multipart/form-data; boundary=" in head
    assert b'name="more"\r\n\r\n{"a": 1}' in body
    assert b'name="filedata"; filename="cat.png"\r\nContent-Type: image/png\r\n\r\n\x89PNG' in body


@pytest.mark.parametrize("status", [200, 400, 403, 500])
def test_an_error_is_one_whatever_the_status(asked, status):
    body = '{"error": {"code": 190, "error_subcode": 460, "message": "no", "is_transient": true}}'
    with pytest.raises(GraphError) as raised:
        asked(answer(body, status))
    error = raised.value
    assert (error.code, error.subcode, error.status, error.transient) == (190, 460, status, True)


def test_meta_quoting_the_token_does_not_give_it_away(asked):
    with pytest.raises(GraphError) as raised:
        asked(answer(f'{{"error": {{"code": 190, "message": "Malformed access token {TOKEN}"}}}}', 400))
    assert TOKEN not in str(raised.value) + repr(raised.value) + raised.value.message


@pytest.mark.parametrize(
    "error", ['"no"', "[]", '{"code": "190"}', '{"code": null, "message": 7}', '{"code": true}', "7"]
)
def test_an_error_of_any_shape_is_an_error(asked, error):
    with pytest.raises(ChannelError):
        asked(answer(f'{{"error": {error}}}', 400))


@pytest.mark.parametrize(
    ("raw", "may_have_arrived"),
    [
        (answer("<html>", 502), True),
        (answer("[]"), True),
        (answer("<html>", 404), False),
        (b"", True),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{", True),
        (b"no HTTP at all\r\n\r\n", True),
        (None, True),
    ],
)
def test_what_is_no_answer_says_whether_the_request_may_have_arrived(asked, raw, may_have_arrived):
    with pytest.raises(GraphUnreachable) as raised:
        asked(raw)
    assert raised.value.may_have_arrived is may_have_arrived


@pytest.mark.parametrize("url", ["http://127.0.0.1:{}", "http://no-such-host.invalid"])
def test_where_nobody_answers_nothing_arrived(url):
    with closing(socket.socket()) as unused:
        unused.bind(("127.0.0.1", 0))
        url = url.format(unused.getsockname()[1])
        client = GraphClient(graph_url=url, api_version="v26.0", page_id="1", page_token=TOKEN)
        with pytest.raises(GraphUnreachable) as raised:
            client.get("me")
    assert not raised.value.may_have_arrived
    assert TOKEN not in str(raised.value)


def test_an_endless_answer_is_cut_off(asked):
    with pytest.raises(GraphUnreachable):
        asked(answer('{"a": "' + "x" * (3 << 20)))


def test_one_connection_serves_many_calls(graph):
    client = GraphClient(
        graph_url=graph.url, api_version="v26.0", page_id=graph.page_id, page_token=graph.page_token
    )
    for _ in range(3):
        assert client.get("me", fields="id")["id"] == graph.page_id
    # What urllib3 keeps for a host that it has connected to once.
    (pool,) = client._session.get_adapter("http://").poolmanager.pools._container.values()
    assert pool.num_connections == 1
    client.close()


class TestUsage:
    def test_the_fullest_limit_counts(self):
        messenger = {"type": "messenger", "call_count": 40, "total_time": 91, "estimated_time_to_regain_access": 3}
        of_businesses = json.dumps({"9": [messenger]})
        headers = {"X-App-Usage": '{"call_count": 28}', "X-Business-Use-Case-Usage": of_businesses}
        assert usage_of(headers) == Usage(91.0, 180.0)

    def test_the_limits_of_other_products_do_not(self):
        told = '{"9": [{"type": "ads_insights", "call_count": 100, "estimated_time_to_regain_access": 9}]}'
        assert usage_of({"X-Business-Use-Case-Usage": told}) == Usage()

    @pytest.mark.parametrize(
        "told",
        ["", "{", "[]", "7", '{"a": 7}', '{"a": [7]}', '{"call_count": "x"}', '{"call_count": -4}', "[" * 5000],
    )
    def test_nonsense_is_nothing(self, told):
        assert usage_of({"X-App-Usage": told, "X-Business-Use-Case-Usage": told}) == Usage()

    def test_it_comes_with_every_answer_and_with_an_error(self, asked):
        client, *_ = asked(answer("{}", X_App_Usage='{"call_count": 28}'))
        assert client.usage.percent == 28
        told = '{"9": [{"type": "messenger", "estimated_time_to_regain_access": 2}]}'
        with pytest.raises(GraphError) as raised:
            asked(answer('{"error": {"code": 613}}', 400, X_Business_Use_Case_Usage=told))
        assert raised.value.regain_seconds == 120


@pytest.mark.parametrize(
    ("code", "subcode", "treatment"),
    [
        (1, 0, Treatment.RETRY_BACKOFF),
        (2, 0, Treatment.RETRY_BACKOFF),
        (1, 1357046, Treatment.DO_NOT_RESEND),
        (1200, 0, Treatment.RETRY_ONCE_OR_TWICE),
        *((code, 0, Treatment.THROTTLED) for code in (4, 17, 32, 613, 80006)),
        (613, 2018338, Treatment.ABUSIVE),
        (10, 2018278, Treatment.WINDOW_CLOSED),
        (10, 2018065, Treatment.WINDOW_CLOSED),
        (10, 2018108, Treatment.PERSON_GONE),
        (200, 1545041, Treatment.PERSON_GONE),
        (551, 0, Treatment.PERSON_GONE),
        (10, 1893063, Treatment.STOP_PAGE),
        (100, 2018001, Treatment.PERSON_GONE),
        *((100, subcode, Treatment.AUTHOR_ERROR) for subcode in (0, 2018008, 2018047, 2018074, 2018109)),
        (190, 0, Treatment.STOP_PAGE),
        (190, 463, Treatment.STOP_PAGE),
        (200, 2018028, Treatment.SETUP_ERROR),
        (230, 0, Treatment.SETUP_ERROR),
        (2018300, 0, Treatment.WAIT),
        (10, 2018300, Treatment.WAIT),
    ],
)
def test_every_code_has_its_treatment(code, subcode, treatment):
    assert treatment_of(GraphError(code, subcode)) is treatment


def test_codes_nobody_knows_are_tried_again_if_they_may_pass():
    assert treatment_of(GraphError(99999)) is Treatment.AUTHOR_ERROR
    assert treatment_of(GraphError(99999, transient=True)) is Treatment.RETRY_BACKOFF
    assert treatment_of(GraphError(99999, status=503)) is Treatment.RETRY_BACKOFF
    assert treatment_of(GraphError(0, status=400)) is Treatment.RETRY_BACKOFF


def test_advice_is_ours_where_we_know_better_and_metas_where_not():
    assert "within 10 s" in advice_on(GraphError(100, 2018008, "(#100) Failed"))
    assert advice_on(GraphError(551, message="not available")) == "not available [error 551]"
    withdrawn = advice_on(GraphError(190, 460, "the password was changed"))
    assert withdrawn.startswith("the password was changed [error 190 (460)]: make a new page token")
    assert "--force-page-token" in withdrawn
