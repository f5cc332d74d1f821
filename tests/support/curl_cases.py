"""Commands of curl as people paste them, and what curl sends for each.

The requests were recorded from curl, and `tests/formats/test_curl_itself.py` asks it again where there is one.
"""

from __future__ import annotations

from typing import NamedTuple


class Case(NamedTuple):
    """A command, and the request that it means."""

    name: str
    command: str
    line: str
    """Method and target."""
    headers: list[str]
    """Sorted; of the User-Agent and Accept those that the command says."""
    body: bytes
    only: str = ""
    """`prompt` or `file` where the other does not have it, `cmd` or `powershell` where it is written for these."""


CASES = [
    Case(
        "plain",
        r"""curl https://api.example.com/users""",
        "GET /users",
        ["Host: api.example.com"],
        b"",
    ),
    Case(
        "http where no scheme is written",
        r"""curl api.example.com/users""",
        "GET /users",
        ["Host: api.example.com"],
        b"",
    ),
    Case(
        "a method in one word",
        r"""curl -XDELETE https://api.example.com/users/7""",
        "DELETE /users/7",
        ["Host: api.example.com"],
        b"",
    ),
    Case(
        "a cluster with a value",
        r"""curl -sSLkXPUT https://api.example.com/users/7""",
        "PUT /users/7",
        ["Host: api.example.com"],
        b"",
    ),
    Case(
        "long names by their beginning",
        r"""curl -X PATCH --user-ag me --heade 'X-A: 1' https://api.example.com/ --data-u 'q=a b'""",
        "PATCH /",
        ["Content-Type: application/x-www-form-urlencoded", "Host: api.example.com", "User-Agent: me", "X-A: 1"],
        b"q=a+b",
    ),
    Case(
        "a method to the letter",
        r"""curl -X purge https://api.example.com/cache""",
        "purge /cache",
        ["Host: api.example.com"],
        b"",
        only="file",
    ),
    Case(
        "HEAD",
        r"""curl -I https://api.example.com/""",
        "HEAD /",
        ["Host: api.example.com"],
        b"",
    ),
    Case(
        "another method with -I",
        r"""curl -I -X OPTIONS https://api.example.com/""",
        "OPTIONS /",
        ["Host: api.example.com"],
        b"",
    ),
    Case(
        "a switch that is taken back",
        r"""curl -G --no-get -d a=1 https://api.example.com/""",
        "POST /",
        ["Content-Type: application/x-www-form-urlencoded", "Host: api.example.com"],
        b"a=1",
    ),
    Case(
        "options end at two dashes",
        r"""curl -d a=1 -- https://api.example.com/x""",
        "POST /x",
        ["Content-Type: application/x-www-form-urlencoded", "Host: api.example.com"],
        b"a=1",
    ),
    Case(
        "Stripe: create a charge",
        r'''curl https://api.stripe.com/v1/charges \
  -u sk_test_4eC39HqLyjWDarjtT1zdp7dc: \
  -d amount=2000 \
  -d currency=usd \
  -d "source"=tok_visa \
  -d "metadata[order_id]"=6735 \
  -H "Idempotency-Key: KG5LxwFBepaKHyUD"''',
        "POST /v1/charges",
        [
            "Authorization: Basic c2tfdGVzdF80ZUMzOUhxTHlqV0Rhcmp0VDF6ZHA3ZGM6",
            "Content-Type: application/x-www-form-urlencoded",
            "Host: api.stripe.com",
            "Idempotency-Key: KG5LxwFBepaKHyUD",
        ],
        b"amount=2000&currency=usd&source=tok_visa&metadata[order_id]=6735",
    ),
    Case(
        "Stripe: list with parameters",
        r"""curl -G https://api.stripe.com/v1/customers -u "sk_test_1:" -d limit=3 -d "created[gt]"=1500000000""",
        "GET /v1/customers?limit=3&created%5Bgt%5D=1500000000",
        ["Authorization: Basic c2tfdGVzdF8xOg==", "Host: api.stripe.com"],
        b"",
    ),
    Case(
        "Stripe: upload",
        r"""curl https://files.stripe.com/v1/files -u sk_test_1: -H "Stripe-Version: 2020-08-27" -F purpose=dispute_evidence -F file=@note.txt""",
        "POST /v1/files",
        [
            "Authorization: Basic c2tfdGVzdF8xOg==",
            "Content-Type: multipart/form-data; boundary=B",
            "Host: files.stripe.com",
            "Stripe-Version: 2020-08-27",
        ],
        b'--B\r\nContent-Disposition: form-data; name="purpose"\r\n\r\ndispute_evidence\r\n--B\r\nContent-Disposition: form-data; name="file"; filename="note.txt"\r\nContent-Type: text/plain\r\n\r\nnote\r\n--B--\r\n',
    ),
    Case(
        "GitHub: issues",
        r'''curl -L \
  -H "Accept: application/vnd.github+json" \
  -H "Authorization: Bearer ghp_x" \
  -H "X-GitHub-Api-Version: 2022-11-28" \
  "https://api.github.com/repos/o/r/issues?state=open&labels=bug,help%20wanted"''',
        "GET /repos/o/r/issues?state=open&labels=bug,help%20wanted",
        [
            "Accept: application/vnd.github+json",
            "Authorization: Bearer ghp_x",
            "Host: api.github.com",
            "X-GitHub-Api-Version: 2022-11-28",
        ],
        b"",
    ),
    Case(
        "GitHub: create an issue",
        r"""curl -L -X POST -H "Accept: application/vnd.github+json" -H "Authorization: Bearer ghp_x" https://api.github.com/repos/o/r/issues -d '{"title":"Found a bug","body":"I'\''m having a problem.","labels":["bug"]}'""",
        "POST /repos/o/r/issues",
        [
            "Accept: application/vnd.github+json",
            "Authorization: Bearer ghp_x",
            "Content-Type: application/x-www-form-urlencoded",
            "Host: api.github.com",
        ],
        b'{"title":"Found a bug","body":"I\'m having a problem.","labels":["bug"]}',
    ),
    Case(
        "GitHub: upload an asset",
        r'''curl -L -X POST -H "Authorization: Bearer ghp_x" -H "Content-Type: application/octet-stream" "https://uploads.github.com/repos/o/r/releases/1/assets?name=one.png" --data-binary "@one.png"''',
        "POST /repos/o/r/releases/1/assets?name=one.png",
        ["Authorization: Bearer ghp_x", "Content-Type: application/octet-stream", "Host: uploads.github.com"],
        b"\x89PNG",
    ),
    Case(
        "Twilio: send a message",
        r"""curl -X POST "https://api.twilio.com/2010-04-01/Accounts/AC1/Messages.json" --data-urlencode "Body=Hi there & more" --data-urlencode "From=+15557122661" --data-urlencode "To=+15558675310" -u AC1:t0ken""",
        "POST /2010-04-01/Accounts/AC1/Messages.json",
        [
            "Authorization: Basic QUMxOnQwa2Vu",
            "Content-Type: application/x-www-form-urlencoded",
            "Host: api.twilio.com",
        ],
        b"Body=Hi+there+%26+more&From=%2B15557122661&To=%2B15558675310",
    ),
    Case(
        "Elastic: search",
        r"""curl -X GET "localhost:9200/my-index/_search?pretty" -H 'Content-Type: application/json' -d'
{
  "query": {
    "match": { "message": "it works" }
  }
}
'""",
        "GET /my-index/_search?pretty",
        ["Content-Type: application/json", "Host: localhost:9200"],
        b'\n{\n  "query": {\n    "match": { "message": "it works" }\n  }\n}\n',
    ),
    Case(
        "Elastic: bulk",
        r"""curl -s -XPOST localhost:9200/_bulk -H 'Content-Type: application/x-ndjson' --data-binary @bulk.ndjson""",
        "POST /_bulk",
        ["Content-Type: application/x-ndjson", "Host: localhost:9200"],
        b'{"index": {}}\n{"a": 1}\n',
    ),
    Case(
        "Elastic: put a mapping",
        r"""curl -XPUT 'http://localhost:9200/books' -H 'Content-Type: application/json' -d '{"mappings": {"properties": {"t": {"type": "text"}}}}'""",
        "PUT /books",
        ["Content-Type: application/json", "Host: localhost:9200"],
        b'{"mappings": {"properties": {"t": {"type": "text"}}}}',
    ),
    Case(
        "OpenAI: chat",
        r"""curl https://api.openai.com/v1/chat/completions \
  -H "Content-Type: application/json" \
  -H "Authorization: Bearer $OPENAI_API_KEY" \
  -d '{
    "model": "gpt-4o",
    "messages": [{"role": "user", "content": "Hello!"}]
  }'""",
        "POST /v1/chat/completions",
        ["Authorization: Bearer sk-openai", "Content-Type: application/json", "Host: api.openai.com"],
        b'{\n    "model": "gpt-4o",\n    "messages": [{"role": "user", "content": "Hello!"}]\n  }',
        only="prompt",
    ),
    Case(
        "OpenAI: transcription",
        r'''curl https://api.openai.com/v1/audio/transcriptions -H "Authorization: Bearer sk-x" -H "Content-Type: multipart/form-data" -F file="@one.png" -F model="whisper-1"''',
        "POST /v1/audio/transcriptions",
        ["Authorization: Bearer sk-x", "Content-Type: multipart/form-data; boundary=B", "Host: api.openai.com"],
        b'--B\r\nContent-Disposition: form-data; name="file"; filename="one.png"\r\nContent-Type: image/png\r\n\r\n\x89PNG\r\n--B\r\nContent-Disposition: form-data; name="model"\r\n\r\nwhisper-1\r\n--B--\r\n',
    ),
    Case(
        "Anthropic: a message",
        r"""curl https://api.anthropic.com/v1/messages --header "x-api-key: ${ANTHROPIC_API_KEY}" --header "anthropic-version: 2023-06-01" --header "content-type: application/json" --data '{"model": "m", "max_tokens": 1}'""",
        "POST /v1/messages",
        [
            "Host: api.anthropic.com",
            "anthropic-version: 2023-06-01",
            "content-type: application/json",
            "x-api-key: sk-ant",
        ],
        b'{"model": "m", "max_tokens": 1}',
        only="prompt",
    ),
    Case(
        "Slack: a webhook",
        r"""curl -X POST -H 'Content-type: application/json' --data '{"text":"Hello, World!"}' https://hooks.slack.com/services/T0/B0/X""",
        "POST /services/T0/B0/X",
        ["Content-type: application/json", "Host: hooks.slack.com"],
        b'{"text":"Hello, World!"}',
    ),
    Case(
        "Slack: an API method",
        r"""curl -F text="Hi <!here>" -F channel=C1 -H 'Authorization: Bearer xoxb-1' https://slack.com/api/chat.postMessage""",
        "POST /api/chat.postMessage",
        ["Authorization: Bearer xoxb-1", "Content-Type: multipart/form-data; boundary=B", "Host: slack.com"],
        b'--B\r\nContent-Disposition: form-data; name="text"\r\n\r\nHi <!here>\r\n--B\r\nContent-Disposition: form-data; name="channel"\r\n\r\nC1\r\n--B--\r\n',
    ),
    Case(
        "Slack: a form",
        r"""curl -d "token=xoxb-1" -d "channel=C1" --data-urlencode "text=a & b" https://slack.com/api/chat.postMessage""",
        "POST /api/chat.postMessage",
        ["Content-Type: application/x-www-form-urlencoded", "Host: slack.com"],
        b"token=xoxb-1&channel=C1&text=a+%26+b",
    ),
    Case(
        "kubernetes: pods",
        r"""curl -k -H 'Authorization: Bearer ey.a.b' 'https://10.0.0.1:6443/api/v1/namespaces/default/pods?labelSelector=app%3Dweb'""",
        "GET /api/v1/namespaces/default/pods?labelSelector=app%3Dweb",
        ["Authorization: Bearer ey.a.b", "Host: 10.0.0.1:6443"],
        b"",
    ),
    Case(
        "kubernetes: a patch",
        r"""curl -k -XPATCH -H "Accept: application/json" -H "Content-Type: application/strategic-merge-patch+json" 'https://10.0.0.1:6443/apis/apps/v1/namespaces/d/deployments/w' -d '{"spec":{"replicas":3}}'""",
        "PATCH /apis/apps/v1/namespaces/d/deployments/w",
        ["Accept: application/json", "Content-Type: application/strategic-merge-patch+json", "Host: 10.0.0.1:6443"],
        b'{"spec":{"replicas":3}}',
    ),
    Case(
        "Docker registry",
        r"""curl -sSLI -H 'Accept: application/vnd.docker.distribution.manifest.v2+json' https://registry.example.com/v2/library/x/manifests/latest""",
        "HEAD /v2/library/x/manifests/latest",
        ["Accept: application/vnd.docker.distribution.manifest.v2+json", "Host: registry.example.com"],
        b"",
    ),
    Case(
        "OAuth 2: a token",
        r"""curl -X POST https://auth.example.com/oauth/token -u 'client:s3cret' -d grant_type=client_credentials -d scope='read write'""",
        "POST /oauth/token",
        [
            "Authorization: Basic Y2xpZW50OnMzY3JldA==",
            "Content-Type: application/x-www-form-urlencoded",
            "Host: auth.example.com",
        ],
        b"grant_type=client_credentials&scope=read write",
    ),
    Case(
        "OAuth 2: a bearer",
        r"""curl --oauth2-bearer tok https://api.example.com/me""",
        "GET /me",
        ["Authorization: Bearer tok", "Host: api.example.com"],
        b"",
    ),
    Case(
        "GraphQL",
        r"""curl 'https://api.example.com/graphql' -H 'Content-Type: application/json' --data-raw '{"query":"query Q($id: ID!) { u(id: $id) { name } }","variables":{"id":"7"}}'""",
        "POST /graphql",
        ["Content-Type: application/json", "Host: api.example.com"],
        b'{"query":"query Q($id: ID!) { u(id: $id) { name } }","variables":{"id":"7"}}',
    ),
    Case(
        "Jenkins: a crumb",
        r"""curl -X POST -L --user ann:token 'https://ci.example.com/job/x/buildWithParameters?A=1&B=2'""",
        "POST /job/x/buildWithParameters?A=1&B=2",
        ["Authorization: Basic YW5uOnRva2Vu", "Host: ci.example.com"],
        b"",
    ),
    Case(
        "Vault",
        r"""curl --header "X-Vault-Token: s.x" --request POST --data '{"data":{"a":"b"}}' http://127.0.0.1:8200/v1/secret/data/x""",
        "POST /v1/secret/data/x",
        ["Content-Type: application/x-www-form-urlencoded", "Host: 127.0.0.1:8200", "X-Vault-Token: s.x"],
        b'{"data":{"a":"b"}}',
    ),
    Case(
        "Consul",
        r"""curl --request PUT --data 'value' http://127.0.0.1:8500/v1/kv/my-key""",
        "PUT /v1/kv/my-key",
        ["Content-Type: application/x-www-form-urlencoded", "Host: 127.0.0.1:8500"],
        b"value",
    ),
    Case(
        "InfluxDB",
        r"""curl --request POST "http://localhost:8086/api/v2/write?org=o&bucket=b&precision=ns" --header "Authorization: Token t" --header "Content-Type: text/plain; charset=utf-8" --data-binary 'airSensors,sensor_id=TLM0201 temperature=73.97'""",
        "POST /api/v2/write?org=o&bucket=b&precision=ns",
        ["Authorization: Token t", "Content-Type: text/plain; charset=utf-8", "Host: localhost:8086"],
        b"airSensors,sensor_id=TLM0201 temperature=73.97",
    ),
    Case(
        "Prometheus",
        r"""curl -g 'http://localhost:9090/api/v1/query?query=up{job="x"}' -G""",
        "GET /api/v1/query?query=up%7Bjob=%22x%22%7D",
        ["Host: localhost:9090"],
        b"",
    ),
    Case(
        "Prometheus: encoded",
        r"""curl -fs --data-urlencode 'query=rate(http_requests_total{code=~"5.."}[5m])' http://localhost:9090/api/v1/query""",
        "POST /api/v1/query",
        ["Content-Type: application/x-www-form-urlencoded", "Host: localhost:9090"],
        b"query=rate%28http_requests_total%7Bcode%3D~%225..%22%7D%5B5m%5D%29",
    ),
    Case(
        "CouchDB",
        r"""curl -X PUT http://admin:pw@127.0.0.1:5984/db/doc -d '{"a":1}'""",
        "PUT /db/doc",
        [
            "Authorization: Basic YWRtaW46cHc=",
            "Content-Type: application/x-www-form-urlencoded",
            "Host: 127.0.0.1:5984",
        ],
        b'{"a":1}',
    ),
    Case(
        "Mailgun",
        r"""curl -s --user 'api:key-1' https://api.mailgun.net/v3/x/messages -F from='Ann <ann@x>' -F to=b@x -F subject='Hello' -F text='Testing' --form-string 'html=<b>a;b</b>'""",
        "POST /v3/x/messages",
        ["Authorization: Basic YXBpOmtleS0x", "Content-Type: multipart/form-data; boundary=B", "Host: api.mailgun.net"],
        b'--B\r\nContent-Disposition: form-data; name="from"\r\n\r\nAnn <ann@x>\r\n--B\r\nContent-Disposition: form-data; name="to"\r\n\r\nb@x\r\n--B\r\nContent-Disposition: form-data; name="subject"\r\n\r\nHello\r\n--B\r\nContent-Disposition: form-data; name="text"\r\n\r\nTesting\r\n--B\r\nContent-Disposition: form-data; name="html"\r\n\r\n<b>a;b</b>\r\n--B--\r\n',
    ),
    Case(
        "SendGrid",
        r"""curl --request POST --url https://api.sendgrid.com/v3/mail/send --header 'Authorization: Bearer SG.1' --header 'Content-Type: application/json' --data '{"personalizations": [{"to": [{"email": "a@x"}]}],"subject": "S"}'""",
        "POST /v3/mail/send",
        ["Authorization: Bearer SG.1", "Content-Type: application/json", "Host: api.sendgrid.com"],
        b'{"personalizations": [{"to": [{"email": "a@x"}]}],"subject": "S"}',
    ),
    Case(
        "Postman",
        r"""curl --location --request POST 'https://api.example.com/items?a=1' \
--header 'Content-Type: application/json' \
--data-raw '{
    "name": "Zoë"
}'""",
        "POST /items?a=1",
        ["Content-Type: application/json", "Host: api.example.com"],
        b'{\n    "name": "Zo\xc3\xab"\n}',
    ),
    Case(
        "Postman: a form",
        r"""curl --location 'https://api.example.com/form' --form 'a="x y"' --form 'f=@"note.txt"'""",
        "POST /form",
        ["Content-Type: multipart/form-data; boundary=B", "Host: api.example.com"],
        b'--B\r\nContent-Disposition: form-data; name="a"\r\n\r\nx y\r\n--B\r\nContent-Disposition: form-data; name="f"; filename="note.txt"\r\nContent-Type: text/plain\r\n\r\nnote\r\n--B--\r\n',
    ),
    Case(
        "Insomnia",
        r"""curl --request GET --url 'https://api.example.com/items?q=a%20b' --header 'User-Agent: insomnia/8.6.0' --cookie 'a=1; b=2'""",
        "GET /items?q=a%20b",
        ["Cookie: a=1; b=2", "Host: api.example.com", "User-Agent: insomnia/8.6.0"],
        b"",
    ),
    Case(
        "Swagger UI",
        r"""curl -X 'POST' \
  'https://petstore.example.com/v2/pet' \
  -H 'accept: application/json' \
  -H 'Content-Type: application/json' \
  -d '{
  "id": 0,
  "name": "doggie"
}'""",
        "POST /v2/pet",
        ["Content-Type: application/json", "Host: petstore.example.com", "accept: application/json"],
        b'{\n  "id": 0,\n  "name": "doggie"\n}',
    ),
    Case(
        "Chrome: bash",
        r"""curl 'https://shop.example.com/api/items?limit=5' \
  -H 'accept: application/json, text/plain, */*' \
  -H 'accept-language: en-GB,en;q=0.9' \
  -b 'sid=52a1; theme=dark' \
  -H 'content-type: application/json' \
  -H 'priority: u=1, i' \
  -H 'sec-ch-ua: "Chromium";v="130", "Not?A_Brand";v="99"' \
  --data-raw $'{"note":"it\'s done\u0021","tab":"a\\tb"}'""",
        "POST /api/items?limit=5",
        [
            "Cookie: sid=52a1; theme=dark",
            "Host: shop.example.com",
            "accept-language: en-GB,en;q=0.9",
            "accept: application/json, text/plain, */*",
            "content-type: application/json",
            "priority: u=1, i",
            'sec-ch-ua: "Chromium";v="130", "Not?A_Brand";v="99"',
        ],
        b'{"note":"it\'s done!","tab":"a\\tb"}',
    ),
    Case(
        "Chrome: bash, multipart",
        r"""curl 'https://shop.example.com/upload' -H 'content-type: multipart/form-data; boundary=----WebKitFormBoundaryX' --data-raw $'------WebKitFormBoundaryX\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n------WebKitFormBoundaryX--\r\n'""",
        "POST /upload",
        ["Host: shop.example.com", "content-type: multipart/form-data; boundary=B"],
        b'--B\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--B--\r\n',
    ),
    Case(
        "Chrome: cmd",
        r'''curl ^"https://shop.example.com/api/items?a=1^&b=2^" ^
  -H ^"accept: */*^" ^
  -H ^"sec-ch-ua: ^\^"Chromium^\^";v=^\^"130^\^"^" ^
  -H ^"content-type: application/json^" ^
  --data-raw ^"^{^\^"a^\^":^\^"100^% it's^\^"^}^"''',
        "POST /api/items?a=1&b=2",
        ["Host: shop.example.com", "accept: */*", "content-type: application/json", 'sec-ch-ua: "Chromium";v="130"'],
        b'{"a":"100% it\'s"}',
        only="cmd",
    ),
    Case(
        "Chrome: bash, plain",
        r"""curl 'https://shop.example.com/api/items?a=1&b=2' -H 'accept: */*' -H 'sec-ch-ua: "Chromium";v="130"' -H 'content-type: application/json' --data-raw $'{"a":"100% it\'s"}'""",
        "POST /api/items?a=1&b=2",
        ["Host: shop.example.com", "accept: */*", "content-type: application/json", 'sec-ch-ua: "Chromium";v="130"'],
        b'{"a":"100% it\'s"}',
    ),
    Case(
        "Chrome: older cmd",
        r'''curl "https://shop.example.com/api/items?a=1&b=2" -H "accept: */*" -H "sec-ch-ua: \"Chromium\";v=\"130\"" -H "content-type: application/json" ^
 --data-raw "{""a"":""100% it's""}"''',
        "POST /api/items?a=1&b=2",
        ["Host: shop.example.com", "accept: */*", "content-type: application/json", 'sec-ch-ua: "Chromium";v="130"'],
        b'{"a":"100% it\'s"}',
        only="cmd",
    ),
    Case(
        "PowerShell: curl.exe",
        r"""curl.exe 'https://shop.example.com/api/items?a=1&b=2' `
  -H 'accept: */*' `
  -H "sec-ch-ua: `"Chromium`";v=`"130`"" `
  -H 'content-type: application/json' `
  --data-raw '{\"a\":\"100% it''s\"}'""",
        "POST /api/items?a=1&b=2",
        ["Host: shop.example.com", "accept: */*", "content-type: application/json", 'sec-ch-ua: "Chromium";v="130"'],
        b'{"a":"100% it\'s"}',
        only="powershell",
    ),
    Case(
        "Firefox: POSIX",
        r"""curl 'https://shop.example.com/items' -X POST -H 'User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:131.0) Gecko/20100101 Firefox/131.0' -H 'Accept: */*' -H 'Accept-Encoding: gzip, deflate, br, zstd' -H 'Content-Type: application/x-www-form-urlencoded; charset=UTF-8' -H 'Origin: http://example.com' -H 'DNT: 1' --data-raw 'a=1&b=it%27s'""",
        "POST /items",
        [
            "Accept-Encoding: ..",
            "Content-Type: application/x-www-form-urlencoded; charset=UTF-8",
            "DNT: 1",
            "Host: shop.example.com",
            "Origin: http://example.com",
            "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:131.0) Gecko/20100101 Firefox/131.0",
        ],
        b"a=1&b=it%27s",
    ),
    Case(
        "Firefox: Windows",
        r'''curl ^"https://shop.example.com/items^" -X POST -H ^"Accept: */*^" --data-raw ^"a=1^&b=it^%^27s^"''',
        "POST /items",
        ["Content-Type: application/x-www-form-urlencoded", "Host: shop.example.com"],
        b"a=1&b=it%27s",
        only="cmd",
    ),
    Case(
        "Firefox: twin",
        r"""curl 'https://shop.example.com/items' -X POST -H 'Accept: */*' --data-raw 'a=1&b=it%27s'""",
        "POST /items",
        ["Content-Type: application/x-www-form-urlencoded", "Host: shop.example.com"],
        b"a=1&b=it%27s",
    ),
    Case(
        "Safari",
        r"""curl 'https://shop.example.com/items' \
-X 'PUT' \
-H 'Accept: */*' \
-H 'Content-Type: application/json' \
--data-binary '{"a":1}'""",
        "PUT /items",
        ["Content-Type: application/json", "Host: shop.example.com"],
        b'{"a":1}',
    ),
    Case(
        "a README: an install script",
        r"""curl --proto '=https' --tlsv1.2 -sSf https://sh.example.com""",
        "GET /",
        ["Host: sh.example.com"],
        b"",
    ),
    Case(
        "a README: health",
        r"""curl -sf http://localhost:8080/healthz -o /dev/null -w '%{http_code}\n'""",
        "GET /healthz",
        ["Host: localhost:8080"],
        b"",
    ),
    Case(
        "a README: a prompt before it",
        r"""$ curl -s http://localhost:8080/version""",
        "GET /version",
        ["Host: localhost:8080"],
        b"",
        only="prompt",
    ),
    Case(
        "a README: a comment behind it",
        r"""curl http://localhost:8080/a#b # where it's at""",
        "GET /a",
        ["Host: localhost:8080"],
        b"",
    ),
    Case(
        "a README: output that goes nowhere",
        r"""curl -sS http://localhost:8080/x 2>/dev/null""",
        "GET /x",
        ["Host: localhost:8080"],
        b"",
    ),
    Case(
        "data of several options",
        r"""curl http://h.example/ -d a=1 --data b=2 --data-raw @c --data-binary d""",
        "POST /",
        ["Content-Type: application/x-www-form-urlencoded", "Host: h.example"],
        b"a=1&b=2&@c&d",
    ),
    Case(
        "data of a file loses its line breaks",
        r"""curl http://h.example/ -d @lines.txt""",
        "POST /",
        ["Content-Type: application/x-www-form-urlencoded", "Host: h.example"],
        b"onetwo & three",
    ),
    Case(
        "data of a file as it is",
        r"""curl http://h.example/ --data-binary @lines.txt""",
        "POST /",
        ["Content-Type: application/x-www-form-urlencoded", "Host: h.example"],
        b"one\r\ntwo & three\n",
    ),
    Case(
        "data of files and texts",
        r"""curl http://h.example/ -d a=1 -d @lines.txt --data-binary @lines.txt""",
        "POST /",
        ["Content-Type: application/x-www-form-urlencoded", "Host: h.example"],
        b"a=1&onetwo & three&one\r\ntwo & three\n",
    ),
    Case(
        "data of the standard input",
        r"""curl -H 'Content-Type: application/json' -d @- http://h.example/ <<EOF
{"a": 1,
 "b": "it's"}
EOF""",
        "POST /",
        ["Content-Type: application/json", "Host: h.example"],
        b'{"a": 1, "b": "it\'s"}',
    ),
    Case(
        "data of the standard input, as it is",
        r"""curl --data-binary @- http://h.example/ <<'EOF'
$not `filled`
EOF""",
        "POST /",
        ["Content-Type: application/x-www-form-urlencoded", "Host: h.example"],
        b"$not `filled`\n",
    ),
    Case(
        "data of a here-string",
        r"""curl --data-binary @- http://h.example/ <<< 'one line'""",
        "POST /",
        ["Content-Type: application/x-www-form-urlencoded", "Host: h.example"],
        b"one line\n",
    ),
    Case(
        "data of an input file",
        r"""curl --data-binary @- http://h.example/ < lines.txt""",
        "POST /",
        ["Content-Type: application/x-www-form-urlencoded", "Host: h.example"],
        b"one\r\ntwo & three\n",
    ),
    Case(
        "data that is empty",
        r"""curl -d '' http://h.example/""",
        "POST /",
        ["Content-Type: application/x-www-form-urlencoded", "Host: h.example"],
        b"",
    ),
    Case(
        "data in five encodings",
        r"""curl http://h.example/ --data-urlencode 'a b&c' --data-urlencode '=d=e' --data-urlencode 'n=~é*' --data-urlencode @lines.txt --data-urlencode m@lines.txt""",
        "POST /",
        ["Content-Type: application/x-www-form-urlencoded", "Host: h.example"],
        b"a+b%26c&d%3De&n=~%C3%A9%2A&one%0D%0Atwo+%26+three%0A&m=one%0D%0Atwo+%26+three%0A",
    ),
    Case(
        "JSON",
        r"""curl --json '{"a":1}' http://h.example/""",
        "POST /",
        ["Accept: application/json", "Content-Type: application/json", "Host: h.example"],
        b'{"a":1}',
    ),
    Case(
        "JSON in pieces",
        r"""curl --json '{"a":1,' --json '"b":2}' http://h.example/""",
        "POST /",
        ["Accept: application/json", "Content-Type: application/json", "Host: h.example"],
        b'{"a":1,"b":2}',
    ),
    Case(
        "JSON of a file",
        r"""curl --json @bulk.ndjson http://h.example/ -H 'Accept: application/xml'""",
        "POST /",
        ["Accept: application/xml", "Content-Type: application/json", "Host: h.example"],
        b'{"index": {}}\n{"a": 1}\n',
    ),
    Case(
        "JSON and data",
        r"""curl --json a -d b --json c http://h.example/""",
        "POST /",
        ["Accept: application/json", "Content-Type: application/json", "Host: h.example"],
        b"a&bc",
    ),
    Case(
        "parameters of -G",
        r"""curl -G 'http://h.example/x?a=1' -d b=2 --data-urlencode 'c=d e'""",
        "GET /x?a=1&b=2&c=d+e",
        ["Host: h.example"],
        b"",
    ),
    Case(
        "parameters of -G without a path",
        r"""curl -G http://h.example -d b=2""",
        "GET /?b=2",
        ["Host: h.example"],
        b"",
    ),
    Case(
        "parameters of --url-query",
        r"""curl 'http://h.example/x?a=1#top' --url-query 'q=a b' --url-query +r=%20 -d body""",
        "POST /x?a=1&q=a+b&r=%20",
        ["Content-Type: application/x-www-form-urlencoded", "Host: h.example"],
        b"body",
    ),
    Case(
        "HEAD with parameters",
        r"""curl -IG http://h.example/x -d a=1""",
        "HEAD /x?a=1",
        ["Host: h.example"],
        b"",
    ),
    Case(
        "a form",
        r"""curl -F a=1 -F 'b= x ' -F 'c="d;e\"f"' http://h.example/""",
        "POST /",
        ["Content-Type: multipart/form-data; boundary=B", "Host: h.example"],
        b'--B\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--B\r\nContent-Disposition: form-data; name="b"\r\n\r\nx\r\n--B\r\nContent-Disposition: form-data; name="c"\r\n\r\nd;e"f\r\n--B--\r\n',
    ),
    Case(
        "a form of texts with types",
        r"""curl -F 'a={"x":1};type=application/json' -F 'b=y;filename=y.txt' http://h.example/""",
        "POST /",
        ["Content-Type: multipart/form-data; boundary=B", "Host: h.example"],
        b'--B\r\nContent-Disposition: form-data; name="a"\r\nContent-Type: application/json\r\n\r\n{"x":1}\r\n--B\r\nContent-Disposition: form-data; name="b"; filename="y.txt"\r\nContent-Type: text/plain\r\n\r\ny\r\n--B--\r\n',
    ),
    Case(
        "a form of files",
        r"""curl -F a=@one.png -F 'b=@lines.txt;type=text/csv' -F 'c=@lines.txt;filename=d.html' -F 'e=<lines.txt' -F f=@bulk.ndjson http://h.example/""",
        "POST /",
        ["Content-Type: multipart/form-data; boundary=B", "Host: h.example"],
        b'--B\r\nContent-Disposition: form-data; name="a"; filename="one.png"\r\nContent-Type: image/png\r\n\r\n\x89PNG\r\n--B\r\nContent-Disposition: form-data; name="b"; filename="lines.txt"\r\nContent-Type: text/csv\r\n\r\none\r\ntwo & three\n\r\n--B\r\nContent-Disposition: form-data; name="c"; filename="d.html"\r\nContent-Type: text/html\r\n\r\none\r\ntwo & three\n\r\n--B\r\nContent-Disposition: form-data; name="e"\r\n\r\none\r\ntwo & three\n\r\n--B\r\nContent-Disposition: form-data; name="f"; filename="bulk.ndjson"\r\nContent-Type: application/octet-stream\r\n\r\n{"index": {}}\n{"a": 1}\n\r\n--B--\r\n',
    ),
    Case(
        "a form with many files in a part",
        r"""curl -F 'a=@one.png,lines.txt' http://h.example/""",
        "POST /",
        ["Content-Type: multipart/form-data; boundary=B", "Host: h.example"],
        b'--B\r\nContent-Disposition: form-data; name="a"\r\nContent-Type: multipart/mixed; boundary=B1\r\n\r\n--B1\r\nContent-Disposition: attachment; filename="one.png"\r\nContent-Type: image/png\r\n\r\n\x89PNG\r\n--B1\r\nContent-Disposition: attachment; filename="lines.txt"\r\nContent-Type: text/plain\r\n\r\none\r\ntwo & three\n\r\n--B1--\r\n\r\n--B--\r\n',
    ),
    Case(
        "a form of the standard input",
        r"""curl -F 'a=@-;filename=x.txt' http://h.example/ <<< hi""",
        "POST /",
        ["Content-Type: multipart/form-data; boundary=B", "Host: h.example"],
        b'--B\r\nContent-Disposition: form-data; name="a"; filename="x.txt"\r\nContent-Type: text/plain\r\n\r\nhi\n\r\n--B--\r\n',
    ),
    Case(
        "a form of texts as they are",
        r"""curl --form-string 'a=@x;type=y' --form-string 'b=<c' -F 'd"e=f' http://h.example/""",
        "POST /",
        ["Content-Type: multipart/form-data; boundary=B", "Host: h.example"],
        b'--B\r\nContent-Disposition: form-data; name="a"\r\n\r\n@x;type=y\r\n--B\r\nContent-Disposition: form-data; name="b"\r\n\r\n<c\r\n--B\r\nContent-Disposition: form-data; name="d%22e"\r\n\r\nf\r\n--B--\r\n',
    ),
    Case(
        "a file",
        r"""curl -T lines.txt http://h.example/dir/""",
        "PUT /dir/lines.txt",
        ["Host: h.example"],
        b"one\r\ntwo & three\n",
    ),
    Case(
        "a file under another name",
        r"""curl -T lines.txt http://h.example/other.txt -H 'Content-Type: text/plain'""",
        "PUT /other.txt",
        ["Content-Type: text/plain", "Host: h.example"],
        b"one\r\ntwo & three\n",
    ),
    Case(
        "a file by POST",
        r"""curl -X POST -T lines.txt http://h.example/x""",
        "POST /x",
        ["Host: h.example"],
        b"one\r\ntwo & three\n",
    ),
    Case(
        "a file whose URL has no path",
        r"""curl -T lines.txt http://h.example""",
        "PUT /lines.txt",
        ["Host: h.example"],
        b"one\r\ntwo & three\n",
    ),
    Case(
        "headers",
        r"""curl -H 'X-A: 1' -H 'X-A: 2' -H 'X-Empty;' -H 'X-Gone:' -H 'X-B:3' -H @headers.txt http://h.example/""",
        "GET /",
        ["Host: h.example", "X-A: 1", "X-A: 2", "X-B: 3", "X-Empty:", "X-File: 1", "X-More: 2"],
        b"",
    ),
    Case(
        "headers that are taken away",
        r"""curl -H 'Content-Type:' -H 'Accept:' -d a http://h.example/""",
        "POST /",
        ["Host: h.example"],
        b"a",
    ),
    Case(
        "headers of their own options",
        r"""curl -A me -e 'http://r.example/;auto' -r 0-99 http://h.example/""",
        "GET /",
        ["Host: h.example", "Range: bytes=0-99", "Referer: http://r.example/", "User-Agent: me"],
        b"",
    ),
    Case(
        "headers that win over options",
        r"""curl -A me -H 'User-Agent: you' -e r -H 'Referer: s' -b a=1 -H 'Cookie: b=2' -u u:p -H 'Authorization: Bearer t' http://h.example/""",
        "GET /",
        ["Authorization: Bearer t", "Cookie: b=2", "Host: h.example", "Referer: s", "User-Agent: you"],
        b"",
    ),
    Case(
        "a range to the end",
        r"""curl -C 100 http://h.example/""",
        "GET /",
        ["Host: h.example", "Range: bytes=100-"],
        b"",
    ),
    Case(
        "cookies",
        r"""curl -b a=1 -b 'b=2; c=3' http://h.example/""",
        "GET /",
        ["Cookie: a=1;b=2; c=3", "Host: h.example"],
        b"",
    ),
    Case(
        "cookies of a file",
        r"""curl -b cookies.txt http://h.example/x""",
        "GET /x",
        ["Cookie: sid=1", "Host: h.example"],
        b"",
    ),
    Case(
        "user and password",
        r"""curl -u 'ann:p:w é' http://h.example/""",
        "GET /",
        ["Authorization: Basic YW5uOnA6dyDDqQ==", "Host: h.example"],
        b"",
    ),
    Case(
        "user and password in the URL",
        r"""curl 'http://ann:p%40w@h.example/'""",
        "GET /",
        ["Authorization: Basic YW5uOnBAdw==", "Host: h.example"],
        b"",
    ),
    Case(
        "the last user",
        r"""curl -u a:b -u c:d http://h.example/""",
        "GET /",
        ["Authorization: Basic Yzpk", "Host: h.example"],
        b"",
    ),
    Case(
        "compressed",
        r"""curl --compressed http://h.example/ -H 'Accept-Encoding: gzip'""",
        "GET /",
        ["Accept-Encoding: ..", "Host: h.example"],
        b"",
    ),
    Case(
        "dot segments go",
        r"""curl http://h.example/a/./b/../c""",
        "GET /a/c",
        ["Host: h.example"],
        b"",
    ),
    Case(
        "dot segments stay",
        r"""curl --path-as-is http://h.example/a/./b/../c""",
        "GET /a/./b/../c",
        ["Host: h.example"],
        b"",
    ),
    Case(
        "braces that are text",
        r"""curl -g 'http://h.example/x?a=1&b[]=2' -G""",
        "GET /x?a=1&b%5B%5D=2",
        ["Host: h.example"],
        b"",
    ),
    Case(
        "braces around one",
        r"""curl 'http://h.example/{x}/y'""",
        "GET /x/y",
        ["Host: h.example"],
        b"",
    ),
    Case(
        "an address of IPv6",
        r"""curl -H 'Host: v6.example' 'http://h.example/[::1]'""",
        "GET /%5B::1%5D",
        ["Host: v6.example"],
        b"",
    ),
    Case(
        "another host",
        r"""curl -H 'Host: other.example' http://h.example/""",
        "GET /",
        ["Host: other.example"],
        b"",
    ),
    Case(
        "chunks",
        r"""curl -H 'Transfer-Encoding: chunked' -d abc http://h.example/""",
        "POST /",
        ["Content-Type: application/x-www-form-urlencoded", "Host: h.example", "Transfer-Encoding: chunked"],
        b"abc",
    ),
    Case(
        "quotes of every kind",
        r'''curl "http://h.example/a?b=\"c\"&d=\$e" -H 'X: a'"b"$'c\x41\101' -H X\-Y:z -H "X-W:a\
b"''',
        "GET /a?b=%22c%22&d=$e",
        ["Host: h.example", "X-W: ab", "X-Y: z", "X: abcAA"],
        b"",
    ),
    Case(
        "bytes that are not UTF-8",
        r"""curl --data-binary $'\xff\xfe\x01' http://h.example/""",
        "POST /",
        ["Content-Type: application/x-www-form-urlencoded", "Host: h.example"],
        b"\xff\xfe\x01",
    ),
    Case(
        "what does not change the request",
        r"""curl -sSfNi# --no-progress-meter --retry 2 --retry-delay 1 --max-time 10 --connect-timeout 5 --tlsv1.2 --http1.1 --keepalive-time 2 -q http://h.example/""",
        "GET /",
        ["Host: h.example"],
        b"",
    ),
    Case(
        "GitLab: a form of brackets",
        r"""curl --request POST --header "PRIVATE-TOKEN: t" --form "branch=main" --form "variables[][key]=A" --form 'variables[][value]=x y' https://gitlab.example.com/api/v4/projects/1/pipeline""",
        "POST /api/v4/projects/1/pipeline",
        ["Content-Type: multipart/form-data; boundary=B", "Host: gitlab.example.com", "PRIVATE-TOKEN: t"],
        b'--B\r\nContent-Disposition: form-data; name="branch"\r\n\r\nmain\r\n--B\r\nContent-Disposition: form-data; name="variables[][key]"\r\n\r\nA\r\n--B\r\nContent-Disposition: form-data; name="variables[][value]"\r\n\r\nx y\r\n--B--\r\n',
    ),
    Case(
        "a file to a folder",
        r"""curl -X POST -T note.txt http://h.example/dir/""",
        "POST /dir/note.txt",
        ["Host: h.example"],
        b"note",
    ),
    Case(
        "another Host",
        r"""curl http://www.example.com -H 'Host: other.example'""",
        "GET /",
        ["Host: other.example"],
        b"",
    ),
    Case(
        "a page before with ;auto",
        r"""curl http://www.example.com/ -A '' -e 'http://ref.example/;auto'""",
        "GET /",
        ["Host: www.example.com", "Referer: http://ref.example/"],
        b"",
    ),
    Case(
        "JSON of a file with a type",
        r"""curl --json @bulk.ndjson -H 'Content-Type: application/x-ndjson' https://h.example/""",
        "POST /",
        ["Accept: application/json", "Content-Type: application/x-ndjson", "Host: h.example"],
        b'{"index": {}}\n{"a": 1}\n',
    ),
    Case(
        "a range with If-Range",
        r"""curl --range 100- -H 'If-Range: "e"' https://h.example/file.bin""",
        "GET /file.bin",
        ["Host: h.example", 'If-Range: "e"', "Range: bytes=100-"],
        b"",
    ),
    Case(
        "a download that goes on",
        r"""curl -C 100 https://h.example/file.bin""",
        "GET /file.bin",
        ["Host: h.example", "Range: bytes=100-"],
        b"",
    ),
    Case(
        "cookies and a header",
        r"""curl -b 'a=1; b="x y"' -H 'Cookie: c=3' https://h.example/""",
        "GET /",
        ["Cookie: c=3", "Host: h.example"],
        b"",
    ),
    Case(
        "HEAD with data as its query",
        r"""curl -I -d a=1 -G https://h.example/x""",
        "HEAD /x?a=1",
        ["Host: h.example"],
        b"",
    ),
    Case(
        "several files of one part",
        r"""curl -F 'f=@note.txt,one.png' https://h.example/""",
        "POST /",
        ["Content-Type: multipart/form-data; boundary=B", "Host: h.example"],
        b'--B\r\nContent-Disposition: form-data; name="f"\r\nContent-Type: multipart/mixed; boundary=B1\r\n\r\n--B1\r\nContent-Disposition: attachment; filename="note.txt"\r\nContent-Type: text/plain\r\n\r\nnote\r\n--B1\r\nContent-Disposition: attachment; filename="one.png"\r\nContent-Type: image/png\r\n\r\n\x89PNG\r\n--B1--\r\n\r\n--B--\r\n',
    ),
    Case(
        "a quote in the name of a file",
        r"""curl -F 'f=@"note.txt";filename="a\"b.txt"' https://h.example/""",
        "POST /",
        ["Content-Type: multipart/form-data; boundary=B", "Host: h.example"],
        b'--B\r\nContent-Disposition: form-data; name="f"; filename="a%22b.txt"\r\nContent-Type: text/plain\r\n\r\nnote\r\n--B--\r\n',
    ),
    Case(
        "texts of files as parts",
        r"""curl -F 'x=<note.txt' -F 'y=<note.txt;type=text/html' https://h.example/""",
        "POST /",
        ["Content-Type: multipart/form-data; boundary=B", "Host: h.example"],
        b'--B\r\nContent-Disposition: form-data; name="x"\r\n\r\nnote\r\n--B\r\nContent-Disposition: form-data; name="y"\r\nContent-Type: text/html\r\n\r\nnote\r\n--B--\r\n',
    ),
    Case(
        "braces with -g",
        r"""curl -g 'https://h.example/{a}[1]'""",
        "GET /%7Ba%7D%5B1%5D",
        ["Host: h.example"],
        b"",
    ),
    Case(
        "dots that stay",
        r"""curl --path-as-is https://h.example/a/../b/./c""",
        "GET /a/../b/./c",
        ["Host: h.example"],
        b"",
    ),
    Case(
        "a user beside that of the URL",
        r"""curl -u 'a:b' 'https://x:y@h.example/'""",
        "GET /",
        ["Authorization: Basic YTpi", "Host: h.example"],
        b"",
    ),
    Case(
        "an empty user",
        r"""curl -u ':' https://h.example/""",
        "GET /",
        ["Authorization: Basic Og==", "Host: h.example"],
        b"",
    ),
    Case(
        "a bearer beside a header",
        r"""curl --oauth2-bearer t -H 'Authorization: Basic x' https://h.example/""",
        "GET /",
        ["Authorization: Basic x", "Host: h.example"],
        b"",
    ),
    Case(
        "no type, and line breaks",
        r"""curl --data-binary $'a\r\nb' -H 'Content-Type;' https://h.example/""",
        "POST /",
        ["Content-Type:", "Host: h.example"],
        b"a\r\nb",
    ),
    Case(
        "an escaped ampersand",
        r"""curl https://h.example/?a=1\&b=2""",
        "GET /?a=1&b=2",
        ["Host: h.example"],
        b"",
    ),
    Case(
        "words put together",
        r"""curl https://h.example/ -H "Authorization: Bearer "'tok' -H X-A:1""",
        "GET /",
        ["Authorization: Bearer tok", "Host: h.example", "X-A: 1"],
        b"",
    ),
    Case(
        "a length of one's own",
        r"""curl -d 'a=1' -H 'Content-Length: 3' https://h.example/""",
        "POST /",
        ["Content-Type: application/x-www-form-urlencoded", "Host: h.example"],
        b"a=1",
    ),
    Case(
        "an address of IPv6",
        r"""curl 'http://[::1]:9/x'""",
        "GET /x",
        ["Host: [::1]:9"],
        b"",
    ),
    Case(
        "Telegram: a document",
        r"""curl -s -X POST https://api.telegram.org/bot123:abc/sendMessage -d chat_id=1 -d text="hello there"  -d parse_mode=Markdown""",
        "POST /bot123:abc/sendMessage",
        ["Content-Type: application/x-www-form-urlencoded", "Host: api.telegram.org"],
        b"chat_id=1&text=hello there&parse_mode=Markdown",
    ),
    Case(
        "Chrome: cookies of their own option",
        r"""curl 'https://shop.example.com/api/v2/cart?include=items%2Cprices&_=1732000000000' \
  -H 'accept: application/json, text/plain, */*' \
  -H 'accept-language: en-GB,en;q=0.9,de;q=0.8' \
  -b '_ga=GA1.1.1; sid=s%3Aabc.def/+=; theme="dark"' \
  -H 'priority: u=1, i' \
  -H 'x-csrf-token: a+b/c==' \
  --insecure""",
        "GET /api/v2/cart?include=items%2Cprices&_=1732000000000",
        [
            'Cookie: _ga=GA1.1.1; sid=s%3Aabc.def/+=; theme="dark"',
            "Host: shop.example.com",
            "accept-language: en-GB,en;q=0.9,de;q=0.8",
            "accept: application/json, text/plain, */*",
            "priority: u=1, i",
            "x-csrf-token: a+b/c==",
        ],
        b"",
    ),
    Case(
        "Chrome: text with tabs, line breaks and !",
        r"""curl 'https://shop.example.com/api/note' -X 'PUT' -H 'content-type: text/plain;charset=UTF-8' --data-raw $'it\'s 5\u0021 \t tab\nline'""",
        "PUT /api/note",
        ["Host: shop.example.com", "content-type: text/plain;charset=UTF-8"],
        b"it's 5! \t tab\nline",
    ),
    Case(
        "Safari: backslashes at the first column",
        r"""curl 'https://shop.example.com/items/7' \
-X 'DELETE' \
-H 'Pragma: no-cache' \
-H 'Content-Length: 0' \
-H 'Cookie: a=1'""",
        "DELETE /items/7",
        ["Cookie: a=1", "Host: shop.example.com", "Pragma: no-cache"],
        b"",
    ),
    Case(
        "a Host that is empty",
        r"""curl -H 'Host;' http://h.example/x""",
        "GET /x",
        ["Host:"],
        b"",
    ),
    Case(
        "no User-Agent and no Accept",
        r"""curl -H 'User-Agent:' -H 'Accept:' http://h.example/x""",
        "GET /x",
        ["Host: h.example"],
        b"",
    ),
    Case(
        "a User-Agent that is empty",
        r"""curl -H 'User-Agent;' http://h.example/x""",
        "GET /x",
        ["Host: h.example", "User-Agent:"],
        b"",
    ),
    Case(
        "an Accept that is empty",
        r"""curl -H 'Accept;' http://h.example/x""",
        "GET /x",
        ["Accept:", "Host: h.example"],
        b"",
    ),
    Case(
        "headers that are not there are taken away",
        r"""curl -H 'X:' -H 'X-Y: ' -H 'X-Z:   v  ' http://h.example/x""",
        "GET /x",
        ["Host: h.example", "X-Z: v"],
        b"",
    ),
    Case(
        "a credential that its header takes away",
        r"""curl -H 'Authorization:' -u a:b http://h.example/x""",
        "GET /x",
        ["Host: h.example"],
        b"",
    ),
    Case(
        "a credential that an empty header replaces",
        r"""curl -H 'Authorization;' -u a:b http://h.example/x""",
        "GET /x",
        ["Authorization:", "Host: h.example"],
        b"",
    ),
    Case(
        "cookies that their header takes away",
        r"""curl -H 'Cookie:' -b a=1 http://h.example/x""",
        "GET /x",
        ["Host: h.example"],
        b"",
    ),
    Case(
        "cookies that an empty header replaces",
        r"""curl -H 'Cookie;' -b a=1 http://h.example/x""",
        "GET /x",
        ["Cookie:", "Host: h.example"],
        b"",
    ),
    Case(
        "a Referer that its header takes away",
        r"""curl -H 'Referer:' -e http://r.example/ http://h.example/x""",
        "GET /x",
        ["Host: h.example"],
        b"",
    ),
    Case(
        "a Range that its header takes away",
        r"""curl -H 'Range:' -r 0-5 http://h.example/x""",
        "GET /x",
        ["Host: h.example"],
        b"",
    ),
    Case(
        "codings that their header takes away",
        r"""curl --compressed -H 'Accept-Encoding:' http://h.example/x""",
        "GET /x",
        ["Host: h.example"],
        b"",
    ),
    Case(
        "a connection that stays open",
        r"""curl -H 'Connection: keep-alive' -H 'Keep-Alive: 300' -H 'Expect:' -d a http://h.example/x""",
        "POST /x",
        ["Content-Type: application/x-www-form-urlencoded", "Host: h.example", "Keep-Alive: 300"],
        b"a",
    ),
    Case(
        "an upload in chunks",
        r"""curl -T note.txt -H 'Transfer-Encoding: chunked' -H 'Expect:' http://h.example/f""",
        "PUT /f",
        ["Host: h.example", "Transfer-Encoding: chunked"],
        b"note",
    ),
    Case(
        "of two Hosts the first",
        r"""curl -H 'Host: a.example' -H 'Host: b.example' http://h.example/x""",
        "GET /x",
        ["Host: a.example"],
        b"",
    ),
    Case(
        "a Host, then no Host",
        r"""curl -H 'Host: a' -H 'Host:' http://h.example/x""",
        "GET /x",
        ["Host: a"],
        b"",
    ),
    Case(
        "two media types",
        r"""curl -H 'Content-Type: application/json' -H 'content-type: text/plain' -d '{}' http://h.example/x""",
        "POST /x",
        ["Content-Type: application/json", "Host: h.example", "content-type: text/plain"],
        b"{}",
    ),
    Case(
        "semicolons in headers",
        r"""curl -H 'X-A: a;' -H 'X-B;' -H 'X-C: ;' http://h.example/x""",
        "GET /x",
        ["Host: h.example", "X-A: a;", "X-B:", "X-C: ;"],
        b"",
    ),
    Case(
        "SOAP",
        r"""curl -H 'X-Time: 12:30:00' -H 'SOAPAction: "urn:a#b"' -H 'Content-Type: text/xml; charset=utf-8' --data '<?xml version="1.0"?><a>&amp;</a>' http://h.example/soap""",
        "POST /soap",
        ["Content-Type: text/xml; charset=utf-8", "Host: h.example", 'SOAPAction: "urn:a#b"', "X-Time: 12:30:00"],
        b'<?xml version="1.0"?><a>&amp;</a>',
    ),
    Case(
        "a form with its media type written",
        r"""curl -H 'Content-Type: multipart/form-data' -F a=1 http://h.example/x""",
        "POST /x",
        ["Content-Type: multipart/form-data; boundary=B", "Host: h.example"],
        b'--B\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--B--\r\n',
    ),
    Case(
        "GitHub: GraphQL in double quotes",
        r"""curl -H "Authorization: bearer ghp_x" -X POST -d " \
 { \
   \"query\": \"query { viewer { login }}\" \
 } \
" https://api.github.com/graphql""",
        "POST /graphql",
        ["Authorization: bearer ghp_x", "Content-Type: application/x-www-form-urlencoded", "Host: api.github.com"],
        b'  {    "query": "query { viewer { login }}"  } ',
    ),
    Case(
        "GitHub: a search",
        r'''curl -L -H "Accept: application/vnd.github+json" -H "X-GitHub-Api-Version: 2022-11-28" "https://api.github.com/search/issues?q=repo:o/r+is:open+label:%22good+first+issue%22&per_page=2"''',
        "GET /search/issues?q=repo:o/r+is:open+label:%22good+first+issue%22&per_page=2",
        ["Accept: application/vnd.github+json", "Host: api.github.com", "X-GitHub-Api-Version: 2022-11-28"],
        b"",
    ),
    Case(
        "Elasticsearch: a search below GET",
        r"""curl -X GET "localhost:9200/_search?q=title:%22a%20b%22&size=1" -H 'Content-Type: application/json' -d'{"query":{"range":{"@timestamp":{"gte":"now-1d/d"}}}}'""",
        "GET /_search?q=title:%22a%20b%22&size=1",
        ["Content-Type: application/json", "Host: localhost:9200"],
        b'{"query":{"range":{"@timestamp":{"gte":"now-1d/d"}}}}',
    ),
    Case(
        "Elasticsearch: delete by query",
        r"""curl -XPOST 'http://elastic:changeme@localhost:9200/logs-*/_delete_by_query?conflicts=proceed' -H kbn-xsrf:true -H Content-Type:application/json -d '{"query":{"match_all":{}}}'""",
        "POST /logs-*/_delete_by_query?conflicts=proceed",
        [
            "Authorization: Basic ZWxhc3RpYzpjaGFuZ2VtZQ==",
            "Content-Type: application/json",
            "Host: localhost:9200",
            "kbn-xsrf: true",
        ],
        b'{"query":{"match_all":{}}}',
    ),
    Case(
        "Slack: a text below the command",
        r"""curl -X POST -H 'Authorization: Bearer xoxb-1' -H 'Content-type: application/json; charset=utf-8' --data @- https://slack.com/api/chat.postMessage <<'JSON'
{"channel": "C1",
 "text": "*bold* `code` $5"}
JSON""",
        "POST /api/chat.postMessage",
        ["Authorization: Bearer xoxb-1", "Content-type: application/json; charset=utf-8", "Host: slack.com"],
        b'{"channel": "C1", "text": "*bold* `code` $5"}',
    ),
    Case(
        "AWS: a token of the metadata",
        r'''curl -s -H "X-aws-ec2-metadata-token-ttl-seconds: 21600" -X PUT "http://169.254.169.254/latest/api/token"''',
        "PUT /latest/api/token",
        ["Host: 169.254.169.254", "X-aws-ec2-metadata-token-ttl-seconds: 21600"],
        b"",
    ),
    Case(
        "S3: a signed upload",
        r"""curl --fail --upload-file one.png --header 'Content-Type: image/png' --header 'x-amz-acl: public-read' 'https://b.s3.example.com/a%20b/one.png?X-Amz-Signature=ab%2Bc&X-Amz-Expires=60'""",
        "PUT /a%20b/one.png?X-Amz-Signature=ab%2Bc&X-Amz-Expires=60",
        ["Content-Type: image/png", "Host: b.s3.example.com", "x-amz-acl: public-read"],
        b"\x89PNG",
    ),
    Case(
        "WebDAV: PROPFIND",
        r"""curl -u ann:pw -X PROPFIND -H 'Depth: 1' https://dav.example.com/files/ --data '<d:propfind xmlns:d="DAV:"/>'""",
        "PROPFIND /files/",
        [
            "Authorization: Basic YW5uOnB3",
            "Content-Type: application/x-www-form-urlencoded",
            "Depth: 1",
            "Host: dav.example.com",
        ],
        b'<d:propfind xmlns:d="DAV:"/>',
    ),
    Case(
        "a CORS preflight",
        r"""curl -i -X OPTIONS -H 'Origin: http://a.example' -H 'Access-Control-Request-Method: POST' https://h.example/x""",
        "OPTIONS /x",
        ["Access-Control-Request-Method: POST", "Host: h.example", "Origin: http://a.example"],
        b"",
    ),
    Case(
        "backslashes in both quotes",
        r"""curl -d 'path=C:\new\table' -d "re=\\d+\.\"q\"" http://h.example/x""",
        "POST /x",
        ["Content-Type: application/x-www-form-urlencoded", "Host: h.example"],
        b'path=C:\\new\\table&re=\\d+\\."q"',
    ),
    Case(
        "a dollar and backticks that are text",
        r"""curl -d "price=\$5&b=\`x\`" http://h.example/x""",
        "POST /x",
        ["Content-Type: application/x-www-form-urlencoded", "Host: h.example"],
        b"price=$5&b=`x`",
    ),
    Case(
        "a fragment with a question mark",
        r'''curl "http://h.example/a%20b?x=1&y=%E2%82%AC#frag?z"''',
        "GET /a%20b?x=1&y=%E2%82%AC",
        ["Host: h.example"],
        b"",
    ),
    Case(
        "a port and a query without a path",
        r"""curl http://h.example:8080?a=1""",
        "GET /?a=1",
        ["Host: h.example:8080"],
        b"",
    ),
    Case(
        "two slashes and dots",
        r"""curl http://h.example//a//b/../c/""",
        "GET //a//c/",
        ["Host: h.example"],
        b"",
    ),
    Case(
        "a user with an @ in the URL",
        r"""curl http://ann%40x.example:p%3Aw@h.example/""",
        "GET /",
        ["Authorization: Basic YW5uQHguZXhhbXBsZTpwOnc=", "Host: h.example"],
        b"",
    ),
    Case(
        "a user without a password",
        r"""curl -u ann: http://h.example/""",
        "GET /",
        ["Authorization: Basic YW5uOg==", "Host: h.example"],
        b"",
    ),
    Case(
        "a user that is empty",
        r"""curl -u '' http://h.example/x""",
        "GET /x",
        ["Authorization: Basic Og==", "Host: h.example"],
        b"",
    ),
    Case(
        "a query of files and texts",
        r"""curl -G --data-urlencode 'q@note.txt' --data-urlencode 'r=' --data-urlencode '=s t' http://h.example/x""",
        "GET /x?q=note&r=&s+t",
        ["Host: h.example"],
        b"",
    ),
    Case(
        "JSON of another media type",
        r"""curl --json '{"a":1}' -X PATCH -H 'Content-Type: application/merge-patch+json' http://h.example/""",
        "PATCH /",
        ["Accept: application/json", "Content-Type: application/merge-patch+json", "Host: h.example"],
        b'{"a":1}',
    ),
    Case(
        "JSON without its Accept",
        r"""curl --json '{}' -H 'Accept:' http://h.example/""",
        "POST /",
        ["Content-Type: application/json", "Host: h.example"],
        b"{}",
    ),
    Case(
        "a query of all kinds of pieces",
        r"""curl --url-query a=1 --url-query '@note.txt' --url-query 'b@note.txt' --url-query '=c d' http://h.example/x""",
        "GET /x?a=1&note&b=note&c+d",
        ["Host: h.example"],
        b"",
    ),
    Case(
        "an @ that is text",
        r"""curl --data-raw '@x&y=1' http://h.example/""",
        "POST /",
        ["Content-Type: application/x-www-form-urlencoded", "Host: h.example"],
        b"@x&y=1",
    ),
    Case(
        "a part whose media type has parameters",
        r"""curl -F 'a=1;type=text/plain;  charset=utf-8;x=y' http://h.example/x""",
        "POST /x",
        ["Content-Type: multipart/form-data; boundary=B", "Host: h.example"],
        b'--B\r\nContent-Disposition: form-data; name="a"\r\nContent-Type: text/plain;  charset=utf-8;x=y\r\n\r\n1\r\n--B--\r\n',
    ),
    Case(
        "a file without a name",
        r"""curl -F 'c=@note.txt;filename=' http://h.example/""",
        "POST /",
        ["Content-Type: multipart/form-data; boundary=B", "Host: h.example"],
        b'--B\r\nContent-Disposition: form-data; name="c"; filename=""\r\nContent-Type: text/plain\r\n\r\nnote\r\n--B--\r\n',
    ),
    Case(
        "cookies as they are written",
        r"""curl --cookie "a=1;b=2 ; c" http://h.example/""",
        "GET /",
        ["Cookie: a=1;b=2 ; c", "Host: h.example"],
        b"",
    ),
    Case(
        "values joined to their letters",
        r"""curl -svXPOST -dx=1 -H'A: b' -umy:pw http://h.example/""",
        "POST /",
        ["A: b", "Authorization: Basic bXk6cHc=", "Content-Type: application/x-www-form-urlencoded", "Host: h.example"],
        b"x=1",
    ),
    Case(
        "brackets that are escaped",
        r"""curl 'http://h.example/\[1\]/\{a\}'""",
        "GET /%5B1%5D/%7Ba%7D",
        ["Host: h.example"],
        b"",
    ),
    Case(
        "a command in the background",
        r"""curl http://h.example/x?a=1 &""",
        "GET /x?a=1",
        ["Host: h.example"],
        b"",
    ),
    Case(
        "chunks, and no length",
        r"""curl -H 'Transfer-Encoding: chunked' -H 'Content-Length:' -d a http://h.example/x""",
        "POST /x",
        ["Content-Type: application/x-www-form-urlencoded", "Host: h.example", "Transfer-Encoding: chunked"],
        b"a",
    ),
    Case(
        "a body without a media type",
        r"""curl -H 'Content-Type: ' -d a=1 http://h.example/x""",
        "POST /x",
        ["Host: h.example"],
        b"a=1",
    ),
    Case(
        "empty pieces of a body",
        r"""curl -d a= -d =b -d '' -d '&' http://h.example/x""",
        "POST /x",
        ["Content-Type: application/x-www-form-urlencoded", "Host: h.example"],
        b"a=&=b&&&",
    ),
    Case(
        "empty pieces, encoded",
        r"""curl --data-urlencode '' --data-urlencode '=' --data-urlencode a= http://h.example/x""",
        "POST /x",
        ["Content-Type: application/x-www-form-urlencoded", "Host: h.example"],
        b"&&a=",
    ),
    Case(
        "JSON that is empty",
        r"""curl --json '' http://h.example/x""",
        "POST /x",
        ["Accept: application/json", "Content-Type: application/json", "Host: h.example"],
        b"",
    ),
    Case(
        "two credentials",
        r"""curl -H 'Authorization: a' -H 'Authorization: b' http://h.example/x""",
        "GET /x",
        ["Authorization: a", "Authorization: b", "Host: h.example"],
        b"",
    ),
]
