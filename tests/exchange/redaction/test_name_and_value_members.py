"""A value whose name is in another member of the same object is redacted, in any notation and by one rule."""

from __future__ import annotations

import json

import pytest
from tests.support.linear import assert_linear
from tests.support.rows import check_rows

from callbox.exchange.redaction.credential_names import is_secret_member
from callbox.exchange.redaction.secrets_by_name import find_secrets, redact_named

OBJECTS = [
    ('{"Key":"password","Value":"S3CRET"}', "Value"),
    ('{"Value":"S3CRET","Key":"password"}', "Value"),
    ('{"ParameterKey":"DBPassword","ParameterValue":"S3CRET"}', "ParameterValue"),
    ('{"field":"password","rejectedValue":"S3CRET","code":"x"}', "rejectedValue"),
    ('{"loc":["body","password"],"msg":"too short","input":"S3CRET","ctx":{"min_length":8}}', "input"),
    ('{"op":"add","path":"/users/0/password","value":"S3CRET"}', "value"),
    ('{"path":["user","password"],"received":"S3CRET"}', "received"),
    ('{"name":"token","values":["S3CRET"]}', "values"),
    ('{"name":"token","default":"S3CRET"}', "default"),
    ('{"label":"API key","value":"S3CRET"}', "value"),
    ('{"type":"password","data":"S3CRET"}', "data"),
    ('{"attribute":"password","meta":{"a":{"b":1}},"new_value":"S3CRET"}', "new_value"),
]
TEXTS = [
    "{'name': 'password', 'new': 'S3CRET'}",
    '{"name"=>"password", "value"=>"S3CRET"}',
    r'{"a":"{\"field\":\"password\",\"rejectedValue\":\"S3CRET\"}"}',
    '{\n  "field": "password",\n  "rejectedValue": "S3CRET"\n}',
    "- field: password\n  rejectedValue: S3CRET\n",
    '<property name="password" value="S3CRET"/>',
    "name=password&value=S3CRET",
    "name=password&type=a&value=S3CRET",
]


@check_rows("text", [*(text for text, _ in OBJECTS), *TEXTS])
def test_value_is_redacted_in_a_text(text: str) -> None:
    assert "S3CRET" not in redact_named(text)
    assert any("S3CRET" in found for found in find_secrets(text))


@check_rows(("text", "key"), OBJECTS)
def test_value_is_secret_in_parsed_json(text: str, key: str) -> None:
    members = json.loads(text)

    assert [name for name in members if is_secret_member(name, members)] == [key]


@check_rows(
    "text",
    [
        '{"name":"password","label":"Password","type":"text","required":true,"maxlength":8}',
        '{"name":"city","type":"text","value":"Bath"}',
        '{"grant_type":"password","content":"Bath"}',
        '{"error":"invalid_token","data":"Bath"}',
        '{"message":"Enter your password","input":"Bath"}',
        '{"title":"How to choose a good password","content":"Bath"}',
        '{"url":"https://h/token","content":"Bath"}',
        '{"path":"/password/reset","content":"Bath"}',
        '{"event":"token","data":{"city":"Bath"}}',
        '{"items":[{"name":"token"}],"value":"Bath"}',
        '{"owner":{"name":"token"},"value":"Bath"}',
        '<li class="token" value="Bath">a</li>',
        "- name: token\n- name: city\n  value: Bath\n",
    ],
)
def test_other_members_stay(text: str) -> None:
    assert redact_named(text) == text
    if text.startswith("{"):
        members = json.loads(text)
        assert not [name for name in members if is_secret_member(name, members)]


@pytest.mark.parametrize(
    "unit",
    [
        '{"k":"token","v":1},', '"k":"token",', "name: token\nvalue: x\n", '{"a":"token"', '"value":"x",', '<a b="token"', "name=token value=", '"a":["token"],',
    ],
)  # fmt: skip
def test_pairs_are_read_in_linear_time(unit: str) -> None:
    once, eight_times = (unit * (size // len(unit)) + "token=1" for size in (2_500, 20_000))

    assert_linear(redact_named, once, eight_times, most=22)
