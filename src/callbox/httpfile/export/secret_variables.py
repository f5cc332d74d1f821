"""Replace secret values in an exported script by `{{name}}` variables, with one `# @prompt` line for each."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Mapping
from functools import partial
from urllib.parse import quote_plus, unquote_plus

from callbox.exchange.auth_schemes import Basic
from callbox.exchange.digest_auth import Digest
from callbox.exchange.redaction.credential_names import is_credential_name, is_credential_parameter, split_scheme
from callbox.exchange.redaction.displayed_fields_and_values import tells_secret
from callbox.exchange.redaction.secrets_by_name import (
    FORM_PART,
    TEXT_FINDERS,
    find_candidates,
    find_members,
    replace_named,
)
from callbox.exchange.redaction.secrets_by_value import MIN_LENGTH, all_forms
from callbox.exchange.request import Field, Outgoing
from callbox.exchange.secret import REDACTED, Secret, reveal
from callbox.exchange.template_braces import escape, is_unfilled

_JSON_PAIR = re.compile(r'("((?:[^"\\]|\\.){1,100}+)"\s*+:\s*+)"((?:[^"\\\n]|\\.)*+)"')
_JSON_ITEM = re.compile(r'("((?:[^"\\]|\\.)*+)"|-?\d[\d.eE+-]*+)(\s*+:)?+')
_QUERY_PAIR = re.compile(r"([?&]([^=&?]*+)=)([^&{}]++)(?=&|\Z)")
_FORM_PAIR = re.compile(r"(?<![^&])([^=&]++)=([^&]++)")
HOLE = re.compile(r"(\{\{%?+\w+\}\})")
"""A variable that stands for a value."""
UNKNOWN_BEARER = f"Bearer {REDACTED}"
"""Represents, among the values of responses, a bearer token that an earlier shell has redacted."""
MIN_ANY_CASE = 8
"""The shortest secret that is found in any letter case."""
_NOT_A_NAME = re.compile(r"\W+")


class SecretVariables:
    """The variables of a script: one for each secret value, named after the field with the value."""

    def __init__(self, values: Mapping[str, str] = {}) -> None:
        """`values` are texts that are secret wherever they occur, and the names of their variables."""
        self._names: dict[str, str] = {}
        self._values: dict[str, str] = {}
        self._counts: dict[str, int] = {}
        """How often each name was used."""
        forms = {form: name for value, name in values.items() for form in all_forms(value)}
        self._known_forms = {form: forms[form] for form in sorted(forms, key=lambda form: (-len(form), form))}
        any_case = {form for value in values if len(value) >= MIN_ANY_CASE for form in all_forms(value)}
        parts = [
            f"(?i:{_escaped_or_not(form)})" if form in any_case else _escaped_or_not(form) for form in self._known_forms
        ]
        self._pattern = re.compile("|".join(parts)) if parts else None
        self._folded_forms = {form.lower(): name for form, name in self._known_forms.items() if form in any_case}
        self.captured: Mapping[str, str] = {}
        """Maps each value of an earlier response to its variable. The user is not asked for these values."""
        self.captured_cookies: Mapping[str, str] = {}
        """The variable of each cookie that an earlier response set, by the name of the cookie."""
        self.taken_names: Collection[str] = ()
        """The names of other variables in the script."""
        self.used: list[str] = []
        """The names that the current request has used so far, in order."""
        self._place = ""
        self._unknown: Counter[str] = Counter()

    @property
    def answers(self) -> Mapping[str, str]:
        """The values for the prompts, by name. Each request may add some."""
        return self._values

    def begin(self, origin: str) -> None:
        """Begin a new request to an origin. The list of used names becomes empty."""
        self.used = []
        self.enter(origin)

    def enter(self, place: str) -> None:
        """Begin a part of the request, such as its body.

        Secrets whose values are not known are told apart by the part of the request in which they occur. Two of them
        may be different, and one must not be sent in the place of the other.
        """
        self._place, self._unknown = place, Counter()

    def variable_for(self, value: str, suggested_name: str, *, is_in_url: bool = False) -> str:
        """The `{{name}}` that replaces this value. A value from a response is percent-encoded in a URL or a form."""
        if not value:
            return ""
        if value in self.captured:
            return f"{{{{{'%' if is_in_url else ''}{self.captured[value]}}}}}"
        key = value if value != REDACTED else self._key_of_unknown(suggested_name)
        name = self._names.get(key) or self._new(key, value, suggested_name)
        if name not in self.used:
            self.used.append(name)
        return f"{{{{{name}}}}}"

    def _key_of_unknown(self, suggested_name: str) -> str:
        """A key for a secret that an earlier shell has redacted. Equal places in equal requests have equal keys."""
        self._unknown[suggested_name] += 1
        return f"{REDACTED} {self._unknown[suggested_name]} {suggested_name} {self._place}"

    def redact_known(self, text: str) -> str:
        """Replace known secrets in a text by their variables. Variables that are already in the text stay."""
        if self._pattern is None:
            return text
        parts = [""]
        for number, part in enumerate(HOLE.split(text)):
            if number % 2 and part[2:-2] in self._values:
                parts += [part, ""]
            else:  # this is text of the request, which may itself contain braces like these
                parts[-1] += part
        parts[::2] = [self._pattern.sub(self._variable_of_known, part) for part in parts[::2]]
        return "".join(parts)

    def _variable_of_known(self, match: re.Match[str]) -> str:
        form = match[0] if match[0] in self._known_forms else match[0].replace("\\{", "{")
        # in another letter case, this is another value with its own prompt
        name = self._known_forms.get(form) or self._folded_forms.get(form.lower(), "secret")
        return self.variable_for(form, name)

    def title(self, text: str) -> str:
        """Remove known secrets from a text in which variables are not filled."""
        return self._pattern.sub(REDACTED, text) if self._pattern is not None else text

    def header(self, field: Field, outgoing: Outgoing, *, is_whole: bool = False) -> str:
        """The value of a header with variables for its secrets.

        User and password are separate variables unless `is_whole`.
        """
        auth = outgoing.auth
        if field.name.lower() == "cookie" and not is_whole and "=" in (text := reveal(field.value)):
            return "; ".join(self._cookie(pair) for pair in text.split("; "))
        if field.name.lower() == "authorization" and isinstance(auth, (Basic, Digest)) and not is_whole:
            password = self.variable_for(_text(auth.password), "password")
            return f"{auth.scheme.title()} {escape(_text(auth.username))}:{password}"
        if isinstance(field.value, Secret):
            text = field.value.reveal()
            # a header that was typed or filled as a whole has no prefix such as `Bearer`
            scheme = field.value.prefix or split_scheme(text)[0]
            suggested_name = field.name
            if scheme.strip().lower() == "bearer":
                suggested_name = "token"
                if text.endswith(REDACTED) and UNKNOWN_BEARER in self.captured:
                    return f"{scheme}{{{{{self.captured[UNKNOWN_BEARER]}}}}}"
            return scheme + self.variable_for(text[len(scheme) :], suggested_name)
        if is_credential_parameter(field.name):
            scheme, credential = split_scheme(field.value)
            return scheme + self.variable_for(credential, field.name)
        return self.variable_for(field.value, field.name) if tells_secret(field.value) else escape(field.value)

    def _cookie(self, pair: str) -> str:
        """A cookie in a header. The variable for its value has the name of the cookie."""
        name, sign, value = pair.partition("=")
        if name in self.captured_cookies:
            return f"{escape(name)}{sign}{{{{{self.captured_cookies[name]}}}}}"
        return f"{escape(name)}{sign}{self.variable_for(value, name)}"

    def target(self, outgoing: Outgoing) -> str:
        """The URL, with variables in place of the values of credential parameters."""
        text = escape(outgoing.url.text)
        for field in outgoing.query:
            if isinstance(field.value, Secret) or _is_secret_parameter(field.name, field.value):
                name, value = quote_plus(field.name), quote_plus(reveal(field.value))
                text = text.replace(
                    f"{name}={value}", f"{name}={self.variable_for(value, field.name, is_in_url=True)}", 1
                )
        return _QUERY_PAIR.sub(self._redact_parameter, text)

    def _redact_parameter(self, match: re.Match[str]) -> str:
        name = unquote_plus(match[2])
        if not _is_secret_parameter(name, unquote_plus(match[3])):
            return match[0]
        return f"{match[1]}{self.variable_for(match[3], name, is_in_url=True)}"

    def json(self, text: str) -> str:
        """A JSON text in which variables replace the values of members that are credentials, at every depth."""
        text = _JSON_PAIR.sub(
            lambda m: f'{m[1]}"{self.variable_for(m[3], m[2])}"' if _is_secret(m[2], m[3]) else m[0], text
        )
        parts, at = [], 0
        for found in find_members(text, find_candidates(text)):
            parts += [text[at : found.start(3)], _JSON_ITEM.sub(partial(self._redact_item, found[2]), found[3])]
            at = found.end(3)
        return self._rest("".join([*parts, text[at:]]))

    def _rest(self, text: str) -> str:
        """The text with a variable for every other secret that would be redacted on the screen."""
        return replace_named(text, lambda name, value: self.variable_for(value, name))

    def _redact_item(self, name: str, item: re.Match[str]) -> str:
        if item[3] or HOLE.search(item[1]):
            return item[0]
        return f'"{self.variable_for(item[2], name)}"' if item[2] is not None else self.variable_for(item[1], name)

    def form(self, text: str) -> str:
        """A form in which variables replace the values of fields that are credentials."""
        return _FORM_PAIR.sub(
            lambda m: (
                f"{m[1]}={self.variable_for(m[2], m[1], is_in_url=True)}"
                if _is_secret(m[1], unquote_plus(m[2]))
                else m[0]
            ),
            text,
        )

    def text(self, text: str) -> str:
        """Replace the value beside each name of a credential by a variable, in XML, YAML or any other text."""
        for find in TEXT_FINDERS:
            parts, at = [], 0
            for found in find(text, find_candidates(text)):
                scheme, value = split_scheme(found[3].rstrip())
                if not is_unfilled(value):
                    start = found.start(3) + len(scheme)
                    parts += [text[at:start], self.variable_for(value, found[2])]
                    at = start + len(value)
            text = "".join([*parts, text[at:]])
        return self._rest(text)

    def multipart(self, text: str) -> str:
        """A multipart body in which variables replace the values of parts that are credentials."""
        return FORM_PART.sub(
            lambda m: f"{m[1]}{self.variable_for(m[3], m[2])}" if _is_secret(m[2], m[3]) else m[0], text
        )

    def _new(self, key: str, value: str, suggested_name: str) -> str:
        """A new name for the variable of a value. `key` is the value, or the key of an unknown value."""
        stem = _NOT_A_NAME.sub("_", suggested_name).strip("_").lower() or "secret"
        name = ""
        while not name or name in self._values or name == "base" or name in self.taken_names:
            count = self._counts[stem] = self._counts.get(stem, 0) + 1
            name = stem if count == 1 else f"{stem}{count}"
        self._names[key], self._values[name] = name, value
        return name


def _is_secret_parameter(name: str, value: str) -> bool:
    return is_credential_parameter(name) or _is_secret(name, value)


def _is_secret(name: str, value: str) -> bool:
    """Whether a value is secret by its name, or contains a named secret that is not a variable yet."""
    return is_credential_name(name) or (HOLE.search(value) is None and tells_secret(value))


def _escaped_or_not(form: str) -> str:
    r"""A pattern for a text whose braces may be bare or, as `escape` writes them, escaped (`\{`)."""
    pattern = re.escape(form).replace(r"\{", r"\\?\{")
    return pattern if len(form) >= MIN_LENGTH else rf"(?<!\w){pattern}(?!\w)"


def _text(value: str | bytes) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value
