"""A line as it may be kept: each secret in it written as `?`, by the role that the analysis gave its word.

A recalled `?` asks (see `callbox.shell.kinds.ASK`), so a mask is never sent.
"""

from __future__ import annotations

from callbox.errors import CallboxError
from callbox.exchange.secret import is_credential_name, is_reference
from callbox.shell.analyse import Part, analyse
from callbox.shell.blotting import blotted
from callbox.shell.items import find_separator
from callbox.shell.kinds import KINDS
from callbox.shell.target import hide_secrets
from callbox.shell.words import COMMAND, VARIABLE, Line, Word, quote

_ASKED = frozenset((VARIABLE, COMMAND))
SHORTEST = 3
"""Shorter secrets are not looked for in what is said: they stand in many a word."""
_SCHEME_WORDS = frozenset(("", "bearer", "basic", "token", "digest", "apikey"))


def without_secrets(text: str) -> str:
    """The line with its secrets left out.

    >>> without_secrets("set auth basic ann hunter2"), without_secrets("get /x X-Api-Key:abc a=1")
    ('set auth basic ann ?', 'get /x X-Api-Key:? a=1')
    >>> without_secrets("set auth bearer {{token}}")
    'set auth bearer {{token}}'
    """
    ours = _in_our_words(text)
    if ours and (masked := _masked(ours)) != ours:
        return masked
    return _masked(text)


def conceal(error: CallboxError, text: str) -> None:
    """Take the secrets of this line out of what is said about it: dots in the line, so that the caret stays right."""
    taken: list[str] = []
    for line in (text, _in_our_words(text)):
        _masked(line, taken)
    forms = {form for secret in taken for form in (secret, secret.strip("\"'")) if len(form) >= SHORTEST}
    for secret in sorted(forms, key=len, reverse=True):
        error.message = error.message.replace(secret, "...")
        error.hint = error.hint.replace(secret, "...")
        if error.place is not None:
            source = error.place.source.replace(secret, "." * len(secret))
            error.place = error.place._replace(source=source)
    error.args = (error.message,)


def _in_our_words(text: str) -> str:
    """The line as it will be run, where it is one of another program: its words have roles then."""
    from callbox.shell.rewrite import rewrite  # few lines are kept

    try:
        return rewrite(text)
    except CallboxError:
        return ""


def _masked(text: str, taken: list[str] | None = None) -> str:
    """The line with its secrets left out; `taken` is given them."""
    taken = taken if taken is not None else []
    analysis = analyse(text)
    near: dict[str, str] = {}
    cuts: list[tuple[int, int, str]] = []
    is_named = False
    for part in analysis.parts:
        is_lost = is_named and part.role == "unknown"
        found = _cut(part.word, part.word.end) if is_lost else _cuts(part, near)
        taken.extend(text[start:end] for start, end, instead in found if instead == "?")
        cuts.extend(found or _cut_content(part, text, taken))
        is_named = is_named or (part.role == "unknown" and _names_secret(part.word))
        if part.argument is not None:
            before = near.get(part.argument.name, "")
            near[part.argument.name] = f"{before} {part.word.text}".strip()
    ours = _end_of_ours(analysis.line)
    kept, rest = text[:ours], text[ours:]
    for start, end, instead in reversed(_joined(cuts, text)):
        kept = kept[:start] + instead + kept[end:]
    return (blotted(kept, taken) if analysis.command is None else kept) + blotted(rest, taken)


def _end_of_ours(line: Line) -> int:
    """Where what is for the system's shell begins."""
    if line.bang >= 0:
        return line.bang + 1
    is_piped = line.redirect is not None and line.redirect.operator == "|"
    return line.redirect.start if line.redirect is not None and is_piped else len(line.text)


def _cuts(part: Part, near: dict[str, str]) -> list[tuple[int, int, str]]:
    word = part.word
    if part.role == "item":
        return _cut_item(word)
    if part.role in ("flag_value", "flag_with_value") and part.flag is not None:
        is_secret = bool(part.flag.kind) and KINDS[part.flag.kind].is_secret({})
        value = word if part.role == "flag_value" else word.part(word.text.index("=") + 1)
        if part.flag.kind == "run_pair":
            return _cut_item(value)
        return (_cut(value, word.end) if value.text else []) if is_secret else _cut_url(word)
    if part.role == "unknown":
        return _cut_item(word) or _cut_url(word)
    if part.argument is None:
        return []
    if KINDS[part.argument.kind].is_secret(near):
        return _cut(word, word.end)
    return _cut_url(word) if part.argument.kind in ("target", "base", "place", "option_value") else []


def _cut_content(part: Part, text: str, taken: list[str]) -> list[tuple[int, int, str]]:
    """Of a body, or a field in JSON, what looks like a secret in it."""
    is_body = part.flag is not None and part.flag.name == "body"
    if not is_body and not (part.role == "item" and ":=" in part.word.text):
        return []
    word = text[part.word.start : part.word.end]
    kept = blotted(word, taken)
    return [(part.word.start, part.word.end, kept)] if kept != word else []


def _names_secret(word: Word) -> bool:
    """Whether what follows this word of a line that nobody understands may be a credential."""
    name = word.text.rstrip(":=")
    if ":" in name or "=" in name:
        return False  # it has its value with it
    return is_credential_name(name) or (bool(name) and name.lower() in _SCHEME_WORDS)


def _cut_url(word: Word) -> list[tuple[int, int, str]]:
    hidden = hide_secrets(word.text)
    return [(word.start, word.end, _as_word(hidden))] if hidden != word.text else []


def _cut_item(word: Word) -> list[tuple[int, int, str]]:
    separation = find_separator(word)
    if separation is None or separation.kind.endswith("_file") or not separation.at:
        return []
    if not is_credential_name(word.text[: separation.at]) or separation.after >= len(word.text):
        return []
    start = word.offsets[separation.after - 1] + 1
    return _cut(word.part(separation.after)._replace(start=start), word.end)


def _cut(word: Word, end: int) -> list[tuple[int, int, str]]:
    """Cut a word out, unless all that it says is variables, behind the word for a scheme at most."""
    if not word.text:
        return []
    typed = "".join(c for c, mark in zip(word.text, word.marks, strict=True) if mark not in _ASKED)
    if is_reference(word.text):
        return []
    if typed.strip().lower() in _SCHEME_WORDS and (not _ASKED.isdisjoint(word.marks) or typed.strip()):
        return []
    return [(word.start, end, "?")]


def _joined(cuts: list[tuple[int, int, str]], text: str) -> list[tuple[int, int, str]]:
    """Cuts with nothing but blanks between them as one: the words of one value ask once."""
    joined: list[tuple[int, int, str]] = []
    for start, end, instead in cuts:
        if joined and instead == "?" == joined[-1][2] and not text[joined[-1][1] : start].strip():
            joined[-1] = (joined[-1][0], end, "?")
        else:
            joined.append((start, end, instead))
    return joined


def _as_word(text: str) -> str:
    return text if not any(c.isspace() or c in "'\"\\" for c in text) else quote(text)
