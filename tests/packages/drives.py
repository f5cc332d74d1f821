"""Each package, driven as its users do, against a server on this machine; callbox stands in the place of Requests.

    python tests/packages/drives.py NAME

A function named for each package. It raises where anything is not as with Requests.
"""

from __future__ import annotations

import io
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

if os.environ.get("REQUESTS") != "1":
    import callbox

    callbox.install_as_requests()
import requests

sys.path.insert(0, str(Path(__file__).parent))
from server import Server

DRIVES: dict[str, Callable[[Server], None]] = {}


def drive(name: str) -> Callable[[Callable[[Server], None]], Callable[[Server], None]]:
    def register(function: Callable[[Server], None]) -> Callable[[Server], None]:
        DRIVES[name] = function
        return function

    return register


def field(server: Server, name: str, at: int = -1) -> str | None:
    """A header of a request that came."""
    return {k.lower(): v for k, v in server.seen[at][2].items()}.get(name.lower())


@drive("PyGithub")
def pygithub(server: Server) -> None:
    import github

    server.json("GET", "/user", {"login": "ann", "id": 1, "url": server.url + "/users/ann"})
    server.json(
        "GET", "/repos/ann/lib", {"name": "lib", "full_name": "ann/lib", "id": 2, "url": server.url + "/repos/ann/lib"}
    )
    server.json("POST", "/repos/ann/lib/issues", {"number": 3, "title": "t", "url": "u"}, 201)
    client = github.Github(auth=github.Auth.Token("tok"), base_url=server.url)
    assert client.get_user().login == "ann"
    assert field(server, "Authorization") == "token tok"
    assert client.get_repo("ann/lib").create_issue("t").number == 3
    try:
        client.get_repo("ann/none")
        raise AssertionError
    except github.UnknownObjectException as error:
        assert error.status == 404
    client.close()


@drive("stripe")
def stripe_(server: Server) -> None:
    import stripe

    server.json("POST", "/v1/customers", {"id": "cus_1", "object": "customer", "email": "a@b.c"})
    server.json(
        "GET", "/v1/customers/cus_9", {"error": {"message": "No such customer", "type": "invalid_request_error"}}, 404
    )
    client = stripe.StripeClient("sk_test_1", base_addresses={"api": server.url}, http_client=stripe.RequestsClient())
    customers = client.v1.customers if hasattr(client, "v1") else client.customers
    assert customers.create({"email": "a@b.c"}).id == "cus_1"
    assert (field(server, "Authorization"), server.seen[-1][3]) == ("Bearer sk_test_1", b"email=a%40b.c")
    try:
        customers.retrieve("cus_9")
        raise AssertionError
    except stripe.InvalidRequestError as error:
        assert error.http_status == 404


@drive("hvac")
def hvac_(server: Server) -> None:
    import hvac

    server.json("GET", "/v1/secret/data/app", {"data": {"data": {"k": "v"}, "metadata": {}}})
    server.json("GET", "/v1/auth/token/lookup-self", {"data": {"id": "t"}})
    server.json("LIST", "/v1/secret/metadata", {"data": {"keys": ["app"]}})
    client = hvac.Client(url=server.url, token="t")
    assert client.is_authenticated()
    assert client.secrets.kv.v2.read_secret_version(path="app", raise_on_deleted_version=True)["data"]["data"] == {
        "k": "v"
    }
    assert client.secrets.kv.v2.list_secrets(path="")["data"]["keys"] == ["app"]
    assert field(server, "X-Vault-Token") == "t"


def _docker(client: Any, server: Server) -> None:
    assert client.ping()
    assert client.version()["ApiVersion"] == "1.44"
    assert [one["Id"] for one in client.containers()] == ["c1"]
    assert b"".join(client.logs("c1", stream=True)) == b"hello\n"
    client.close()


def _docker_answers(server: Server) -> None:
    frame = b"\x01\0\0\0\0\0\0\x06hello\n"
    for prefix in ("", "/v1.44"):
        server.json("GET", prefix + "/_ping", b"OK", Content_Type="text/plain")
        server.json("GET", prefix + "/version", {"ApiVersion": "1.44", "Version": "27"})
        server.json("GET", prefix + "/containers/json", [{"Id": "c1"}])
        server.json("GET", prefix + "/containers/c1/json", {"Id": "c1", "Config": {"Tty": False}})
        server.json("GET", prefix + "/containers/c1/logs", frame, Content_Type="application/octet-stream")


@drive("docker")
def docker_(server: Server) -> None:
    import docker

    _docker_answers(server)
    _docker(docker.APIClient(base_url=f"tcp://127.0.0.1:{server.port}", version="1.44"), server)
    _docker(docker.APIClient(base_url=f"tcp://127.0.0.1:{server.port}", version="auto"), server)
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "d.sock")
        unix = Server(path)
        _docker_answers(unix)
        _docker(docker.APIClient(base_url=f"unix://{path}", version="1.44"), unix)
        unix.close()


@drive("python-gitlab")
def gitlab_(server: Server) -> None:
    import gitlab

    link = f'<{server.url}/api/v4/projects?page=2>; rel="next"'
    server.json("GET", "/api/v4/user", {"id": 1, "username": "ann"})
    server.answers[("GET", "/api/v4/projects")] = lambda handler, _: (
        (200, {"X-Page": "2"}, [{"id": 2}])
        if "page=2" in handler.path
        else (200, {"Link": link, "X-Next-Page": "2"}, [{"id": 1}])
    )
    server.json("POST", "/api/v4/projects", {"id": 3, "name": "n"}, 201)
    client = gitlab.Gitlab(server.url, private_token="p")
    client.auth()
    assert client.user.username == "ann"
    assert [one.id for one in client.projects.list(iterator=True)] == [1, 2]
    assert client.projects.create({"name": "n"}).id == 3
    assert field(server, "PRIVATE-TOKEN") == "p"


@drive("jira")
def jira_(server: Server) -> None:
    import jira

    server.json(
        "GET",
        "/rest/api/2/serverInfo",
        {"baseUrl": server.url, "version": "9.0.0", "versionNumbers": [9, 0, 0], "deploymentType": "Server"},
    )
    server.json("GET", "/rest/api/2/field", [])
    server.json("GET", "/rest/api/2/issue/A-1", {"key": "A-1", "id": "1", "fields": {"summary": "s"}})
    client = jira.JIRA(server.url, basic_auth=("ann", "secret"), max_retries=0)
    assert client.issue("A-1").fields.summary == "s"
    assert field(server, "Authorization") == "Basic YW5uOnNlY3JldA=="
    try:
        client.issue("A-2")
        raise AssertionError
    except jira.JIRAError as error:
        assert error.status_code == 404


WSDL = """<definitions xmlns="http://schemas.xmlsoap.org/wsdl/" xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/"
 xmlns:tns="urn:t" xmlns:xsd="http://www.w3.org/2001/XMLSchema" name="T" targetNamespace="urn:t">
 <message name="In"><part name="word" type="xsd:string"/></message>
 <message name="Out"><part name="result" type="xsd:string"/></message>
 <portType name="P"><operation name="Say"><input message="tns:In"/><output message="tns:Out"/></operation></portType>
 <binding name="B" type="tns:P"><soap:binding style="rpc" transport="http://schemas.xmlsoap.org/soap/http"/>
  <operation name="Say"><soap:operation soapAction="say"/><input><soap:body use="literal" namespace="urn:t"/></input>
  <output><soap:body use="literal" namespace="urn:t"/></output></operation></binding>
 <service name="S"><port name="Q" binding="tns:B"><soap:address location="URL/say"/></port></service></definitions>"""
SAID = b"""<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body>
<t:SayResponse xmlns:t="urn:t"><result>hi</result></t:SayResponse></e:Body></e:Envelope>"""


@drive("zeep")
def zeep_(server: Server) -> None:
    import zeep

    server.json("GET", "/t.wsdl", WSDL.replace("URL", server.url).encode(), Content_Type="text/xml")
    server.json("POST", "/say", SAID, Content_Type="text/xml")
    assert zeep.Client(server.url + "/t.wsdl").service.Say("hello") == "hi"
    assert b"hello" in server.seen[-1][3]


@drive("google-auth")
def google_auth(server: Server) -> None:
    import google.auth.transport.requests as transport
    from google.oauth2.credentials import Credentials

    server.json("POST", "/token", {"access_token": "new", "expires_in": 3600})
    answers = iter([(401, {}, {}), (200, {}, {"ok": True})])
    server.answers[("GET", "/data")] = lambda *_: next(answers)
    credentials = Credentials(
        "old", refresh_token="r", token_uri=server.url + "/token", client_id="i", client_secret="s"
    )
    session = transport.AuthorizedSession(credentials)
    assert session.get(server.url + "/data").json() == {"ok": True}
    assert (credentials.token, field(server, "Authorization")) == ("new", "Bearer new")
    response = transport.Request()(server.url + "/token", method="POST")
    assert (response.status, b"new" in response.data) == (200, True)
    session.close()


@drive("gspread")
def gspread_(server: Server) -> None:
    import gspread
    from google.oauth2.credentials import Credentials

    class Local(gspread.HTTPClient):
        def request(self, method: str, endpoint: str, **kwargs: Any) -> Any:
            return super().request(method, server.url + "/" + endpoint.split("/", 3)[3], **kwargs)

    sheet = {
        "properties": {"sheetId": 0, "title": "one", "index": 0, "gridProperties": {"rowCount": 2, "columnCount": 2}}
    }
    server.json("GET", "/v4/spreadsheets/k", {"spreadsheetId": "k", "properties": {"title": "t"}, "sheets": [sheet]})
    server.json("GET", "/v4/spreadsheets/k/values/%27one%27", {"values": [["a", "b"]]})
    client = gspread.Client(Credentials("tok"), http_client=Local)
    assert client.open_by_key("k").sheet1.get_all_values() == [["a", "b"]]
    assert field(server, "Authorization") == "Bearer tok"


@drive("tableauserverclient")
def tableau(server: Server) -> None:
    import tableauserverclient as tsc

    head = '<tsResponse xmlns="http://tableau.com/api">'
    signed = f'{head}<credentials token="tok"><site id="s" contentUrl=""/><user id="u"/></credentials></tsResponse>'
    books = f'{head}<pagination pageNumber="1" pageSize="100" totalAvailable="1"/><workbooks><workbook id="w" name="n" contentUrl="n"/></workbooks></tsResponse>'
    for version in ("2.4", "2.3", "3.0"):
        server.json("POST", f"/api/{version}/auth/signin", signed.encode(), Content_Type="text/xml")
        server.json("GET", f"/api/{version}/sites/s/workbooks", books.encode(), Content_Type="text/xml")
        server.json("POST", f"/api/{version}/auth/signout", b"", 204)
    client = tsc.Server(server.url, use_server_version=False)
    client.version = "3.0"
    with client.auth.sign_in(tsc.TableauAuth("ann", "secret")):
        assert [one.name for one in client.workbooks.get()[0]] == ["n"]
        assert field(server, "X-Tableau-Auth") == "tok"


@drive("prometheus-api-client")
def prometheus(server: Server) -> None:
    from prometheus_api_client import PrometheusConnect

    result = {
        "status": "success",
        "data": {"resultType": "vector", "result": [{"metric": {"a": "b"}, "value": [1, "2"]}]},
    }
    server.json("GET", "/", {})
    server.json("GET", "/-/ready", {})
    server.json("GET", "/api/v1/query", result)
    client = PrometheusConnect(url=server.url, disable_ssl=True)
    assert client.check_prometheus_connection()
    assert client.custom_query("up")[0]["value"] == [1, "2"]


@drive("requests-cache")
def requests_cache_(server: Server) -> None:
    import requests_cache

    server.json("GET", "/a", {"n": 1}, ETag='"x"', Set_Cookie="c=1")
    for backend in ("memory", "sqlite"):
        with tempfile.TemporaryDirectory() as folder:
            session = requests_cache.CachedSession(os.path.join(folder, "c"), backend=backend)
            first, second = session.get(server.url + "/a"), session.get(server.url + "/a")
            assert (first.from_cache, second.from_cache) == (False, True)
            assert (second.json(), second.headers["ETag"], second.status_code) == ({"n": 1}, '"x"', 200)
            assert second.cookies["c"] == "1"
            session.cache.clear()
            assert not session.get(server.url + "/a").from_cache
            session.close()
    requests_cache.install_cache("x", backend="memory")
    assert [requests.get(server.url + "/a").from_cache for _ in range(2)] == [False, True]
    requests_cache.uninstall_cache()


@drive("requests-mock")
def requests_mock_(server: Server) -> None:
    import requests_mock

    with requests_mock.Mocker() as mocker:
        mocker.get("http://api.test/a", json={"n": 1}, cookies={"c": "1"})
        mocker.post("http://api.test/a", exc=requests.exceptions.ConnectTimeout)
        assert requests.get("http://api.test/a", params={"q": "1"}).json() == {"n": 1}
        assert mocker.last_request.qs == {"q": ["1"]}
        try:
            requests.post("http://api.test/a")
            raise AssertionError
        except requests.exceptions.ConnectTimeout:
            pass
    session, adapter = requests.Session(), requests_mock.Adapter()
    session.mount("mock://", adapter)
    adapter.register_uri("GET", "mock://test.com/path", text="resp")
    assert session.get("mock://test.com/path").text == "resp"
    with requests_mock.Mocker(real_http=True):
        server.json("GET", "/a", {"n": 2})
        assert requests.get(server.url + "/a").json() == {"n": 2}


@drive("responses")
def responses_(server: Server) -> None:
    import responses

    with responses.RequestsMock() as mocked:
        mocked.get("http://api.test/a", json={"n": 1}, match=[responses.matchers.query_param_matcher({"q": "1"})])
        mocked.add(responses.POST, "http://api.test/a", body=requests.exceptions.ConnectionError("x"))
        assert requests.get("http://api.test/a", params={"q": "1"}).json() == {"n": 1}
        try:
            requests.Session().post("http://api.test/a", json={})
            raise AssertionError
        except requests.exceptions.ConnectionError:
            pass
        assert mocked.calls[0].request.url == "http://api.test/a?q=1"
    server.json("GET", "/a", {"n": 2})
    assert requests.get(server.url + "/a").json() == {"n": 2}


@drive("betamax")
def betamax_(server: Server) -> None:
    import betamax

    server.json("GET", "/a", {"n": 1})
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(2):
            session = requests.Session()
            with betamax.Betamax(session, cassette_library_dir=folder).use_cassette("c"):
                assert session.get(server.url + "/a").json() == {"n": 1}
    assert len(server.seen) == 1


@drive("vcrpy")
def vcrpy(server: Server) -> None:
    import vcr

    server.json("GET", "/a", {"n": 1})
    with tempfile.TemporaryDirectory() as folder:
        session = requests.Session()
        for _ in range(2):
            with vcr.use_cassette(os.path.join(folder, "c.yaml")) as cassette:
                assert requests.get(server.url + "/a").json() == {"n": 1}
                assert session.get(server.url + "/a", stream=True).json() == {"n": 1}
        assert (len(server.seen), cassette.play_count) == (2, 2)
    assert session.get(server.url + "/a").json() == {"n": 1}
    assert len(server.seen) == 3


@drive("requests-oauthlib")
def requests_oauthlib_(server: Server) -> None:
    import requests_oauthlib
    from oauthlib.oauth2 import BackendApplicationClient

    os.environ["OAUTHLIB_INSECURE_TRANSPORT"] = "1"
    server.json("POST", "/token", {"access_token": "tok", "token_type": "Bearer", "expires_in": 3600})
    server.json("GET", "/a", {"n": 1})
    server.json("POST", "/a", {"n": 1})
    session = requests_oauthlib.OAuth2Session(client=BackendApplicationClient("i"))
    session.fetch_token(server.url + "/token", client_id="i", client_secret="s")
    assert session.get(server.url + "/a").json() == {"n": 1}
    assert field(server, "Authorization") == "Bearer tok"
    one = requests_oauthlib.OAuth1Session("k", "s", "t", "u")
    assert one.post(server.url + "/a", data={"b": "c d"}).json() == {"n": 1}
    assert (field(server, "Authorization") or "").startswith("OAuth oauth_nonce=")


@drive("requests-ntlm")
def requests_ntlm_(server: Server) -> None:
    from base64 import b64decode, b64encode

    from requests_ntlm import HttpNtlmAuth

    challenge = b"NTLMSSP\0\2\0\0\0\0\0\0\0\x38\0\0\0\x05\x82\x8a\xa2\1\2\3\4\5\6\7\x08\0\0\0\0\0\0\0\0\0\0\0\0\x38\0\0\0\n\0\xab?\0\0\0\x0f"
    types = []

    def answer(handler: Any, _: bytes) -> Any:
        given = handler.headers.get("Authorization", "")
        if not given:
            return 401, {"WWW-Authenticate": "NTLM"}, {}
        types.append(b64decode(given.partition(" ")[2])[8])
        if types[-1] == 1:
            return 401, {"WWW-Authenticate": "NTLM " + b64encode(challenge).decode()}, {}
        return 200, {}, {"n": 1}

    server.answers[("GET", "/a")] = server.answers[("POST", "/a")] = answer
    session = requests.Session()
    session.auth = HttpNtlmAuth("dom\\ann", "secret")
    assert session.get(server.url + "/a").json() == {"n": 1}
    assert session.post(server.url + "/a", data=b"body").json() == {"n": 1}
    assert (types, server.seen[-1][3]) == ([1, 3, 1, 3], b"body")


@drive("requests-toolbelt")
def requests_toolbelt_(server: Server) -> None:
    from requests_toolbelt import MultipartEncoder, MultipartEncoderMonitor, StreamingIterator
    from requests_toolbelt.adapters.socket_options import TCPKeepAliveAdapter
    from requests_toolbelt.auth.guess import GuessAuth
    from requests_toolbelt.downloadutils.stream import stream_response_to_file
    from requests_toolbelt.sessions import BaseUrlSession
    from requests_toolbelt.utils import dump

    server.json("GET", "/v1/a", {"n": 1})
    server.answers[("POST", "/v1/a")] = lambda _, body: (200, {}, {"size": len(body)})
    session = BaseUrlSession(base_url=server.url + "/v1/")
    assert session.get("a").json() == {"n": 1}
    session.mount("http://", TCPKeepAliveAdapter())
    encoder = MultipartEncoder({"f": ("n", io.BytesIO(b"x" * 100_000), "text/plain"), "a": "b"})
    read = []
    monitor = MultipartEncoderMonitor(encoder, lambda m: read.append(m.bytes_read))
    size = encoder.len
    assert session.post("a", data=monitor, headers={"Content-Type": encoder.content_type}).json() == {"size": size}
    assert read[-1] == size
    assert session.post("a", data=StreamingIterator(5, iter([b"ab", b"cde"]))).json() == {"size": 5}
    told = dump.dump_all(session.get("a")).decode()
    assert "< GET /v1/a HTTP/1.1" in told
    assert "> HTTP/1.1 200 OK" in told
    server.answers[("GET", "/v1/b")] = lambda handler, _: (
        (200, {}, {"n": 2})
        if handler.headers.get("Authorization")
        else (401, {"WWW-Authenticate": 'Basic realm="r"'}, {})
    )
    assert requests.get(server.url + "/v1/b", auth=GuessAuth("ann", "secret")).json() == {"n": 2}
    challenge = 'Digest realm="r", nonce="n", qop="auth", algorithm=MD5'
    server.answers[("GET", "/v1/d")] = lambda handler, _: (
        (200, {}, {"n": 3})
        if "Digest" in (handler.headers.get("Authorization") or "")
        else (401, {"WWW-Authenticate": challenge}, {})
    )
    assert requests.get(server.url + "/v1/d", auth=GuessAuth("ann", "secret")).json() == {"n": 3}
    target = io.BytesIO()
    stream_response_to_file(session.get("a", stream=True), path=target)
    assert target.getvalue() == b'{"n": 1}'


@drive("CacheControl")
def cachecontrol_(server: Server) -> None:
    import cachecontrol

    server.json("GET", "/a", {"n": 1}, Cache_Control="max-age=600")
    server.answers[("GET", "/b")] = lambda handler, _: (
        (304, {"ETag": '"x"'}, b"") if handler.headers.get("If-None-Match") else (200, {"ETag": '"x"'}, {"n": 2})
    )
    session = cachecontrol.CacheControl(requests.Session())
    assert [session.get(server.url + "/a").json() for _ in range(2)] == [{"n": 1}] * 2
    assert len(server.seen) == 1
    assert [session.get(server.url + "/b").json() for _ in range(2)] == [{"n": 2}] * 2
    assert field(server, "If-None-Match") == '"x"'


@drive("requests-futures")
def requests_futures_(server: Server) -> None:
    from requests_futures.sessions import FuturesSession

    server.json("GET", "/a", {"n": 1})
    with FuturesSession(max_workers=4) as session:
        futures = [
            session.get(server.url + "/a", hooks={"response": lambda r, **_: setattr(r, "data", r.json())})
            for _ in range(8)
        ]
        assert [one.result().data for one in futures] == [{"n": 1}] * 8


@drive("tuspy")
def tuspy(server: Server) -> None:
    from tusclient.client import TusClient

    got = bytearray()
    server.json("POST", "/files", b"", 201, Location=server.url + "/files/1")
    server.answers[("HEAD", "/files/1")] = lambda *_: (
        200,
        {"Upload-Offset": str(len(got)), "Upload-Length": "10"},
        b"",
    )

    def take(handler: Any, body: bytes) -> Any:
        got.extend(body)
        return 204, {"Upload-Offset": str(len(got))}, b""

    server.answers[("PATCH", "/files/1")] = take
    uploader = TusClient(server.url + "/files").uploader(file_stream=io.BytesIO(b"0123456789"), chunk_size=4)
    uploader.upload()
    assert bytes(got) == b"0123456789"


@drive("pywinrm")
def pywinrm(server: Server) -> None:
    import winrm

    head = '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:w="http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd" xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing" xmlns:rsp="http://schemas.microsoft.com/wbem/wsman/1/windows/shell">'

    def answer(handler: Any, body: bytes) -> Any:
        import re

        asked = re.search(rb"MessageID>(uuid:)?([^<]*)<", body)
        relates = f"<s:Header><a:RelatesTo>uuid:{asked[2].decode() if asked else ''}</a:RelatesTo></s:Header>"
        inner = '<w:Selector Name="ShellId">shell-1</w:Selector>'
        return (
            200,
            {"Content-Type": "application/soap+xml"},
            f"{head}{relates}<s:Body>{inner}</s:Body></s:Envelope>".encode(),
        )

    server.answers[("POST", "/wsman")] = answer
    protocol = winrm.Protocol(
        server.url + "/wsman", transport="plaintext", username="ann", password="secret", server_cert_validation="ignore"
    )
    assert protocol.open_shell() == "shell-1"
    assert field(server, "Authorization") == "Basic YW5uOnNlY3JldA=="


@drive("simple-salesforce")
def simple_salesforce_(server: Server) -> None:
    from simple_salesforce import Salesforce, SalesforceResourceNotFound

    server.json("GET", "/services/data/v59.0/query/", {"records": [{"Id": "1"}], "totalSize": 1, "done": True})
    server.json("POST", "/services/data/v59.0/sobjects/Contact/", {"id": "2", "success": True}, 201)
    client = Salesforce(instance_url=server.url, session_id="sid", version="59.0")
    client.base_url = client.base_url.replace("https://127.0.0.1", "http://127.0.0.1")
    assert client.query("SELECT Id FROM Contact")["records"] == [{"Id": "1"}]
    contact = client.Contact
    contact.base_url = contact.base_url.replace("https://", "http://")
    assert contact.create({"LastName": "x"})["id"] == "2"
    assert field(server, "Authorization") == "Bearer sid"
    try:
        contact.get("none")
        raise AssertionError
    except SalesforceResourceNotFound:
        pass


@drive("pysolr")
def pysolr_(server: Server) -> None:
    import pysolr

    server.json("GET", "/solr/core/select/", {"response": {"docs": [{"id": "1"}], "numFound": 1}})
    server.json("POST", "/solr/core/update/", {"responseHeader": {"status": 0}})
    client = pysolr.Solr(server.url + "/solr/core", always_commit=True, timeout=5)
    assert [one["id"] for one in client.search("x")] == ["1"]
    client.add([{"id": "1"}])
    assert b'"id": "1"' in server.seen[-1][3]


def main(name: str) -> None:
    server = Server()
    try:
        DRIVES[name](server)
    finally:
        server.close()


if __name__ == "__main__":
    main(sys.argv[1])
