"""Completion from the description of an API: targets, parameters, headers, fields, values, servers, schemes.

Each typed slash walks one level down the tree of the description. So no key press searches a description of thousands
of operations. Texts of a description are foreign: they are sanitised here.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain, islice
from types import MappingProxyType
from typing import TYPE_CHECKING
from urllib.parse import quote as escape_segment
from urllib.parse import unquote

from callbox.exchange.url import Url, UrlError, is_absolute, join, parse
from callbox.openapi.example_bodies import MISSING, make_value
from callbox.openapi.operations_parameters_and_security import Node, Operation, Parameter, Scheme, plain_text
from callbox.openapi.schema_view import SchemaField, SchemaView
from callbox.render.ansi_and_sanitiser import visible_line
from callbox.shell.completion.completion_context import Candidate, CompletionContext, Named
from callbox.shell.openapi_auth_commands import credential_of
from callbox.shell.requests.openapi_request_form import body_kind

if TYPE_CHECKING:
    from callbox.openapi.operation_lookup import DescribedBase

_BARE = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_.-]*")
"""A value that needs no quotes after the separator of an item."""
NOTHING_GIVEN: Mapping[str, str] = MappingProxyType({})
_MEDIA_TYPE = re.compile(r"[\w.+-]+/[\w.+-]+", re.ASCII)
MAX_META = 70
"""The most characters of a description beside a candidate."""
MAX_WALK = 1_000
"""The most nodes of the tree that one key press looks at, below the nodes that are offered."""
MAX_TARGETS = 300
"""The most targets whose methods are looked up at one key press."""
MAX_NAMES = 500
MAX_FIELDS = 5_000
"""The most fields of alternatives that are looked at for one key press."""
MAX_BRANCHES = 20
"""The most alternatives of a schema that are searched for types."""
MAX_PATTERN = 30
"""The most characters of a pattern that are shown beside a field."""
NESTED_STEP = re.compile(r"[\w.-]+")
"""A name that needs no quotes or escapes within brackets."""
MAX_LISTED = 10_000
"""The most characters of a text that are searched for a list of values."""
_LISTED = "* `"
"""The beginning of a line that describes a value."""
MAX_EXAMPLE = 300
"""The most characters of an example that is offered as a value."""
MAX_SKIPPED = 12
"""The most levels with a single child that are skipped at once."""


def described_targets(context: CompletionContext, typed: str, method: str = "") -> Iterator[Candidate]:
    """The paths one level below the typed text.

    Literal paths come first, then the values of an enumerated parameter, then deprecated paths. Parameters without
    enumerated values are rows at the end that insert nothing.

    Args: context: its `described` is the API of the base; if it is None, there are no candidates. typed: the typed part
    of the target. method: in capitals; empty offers the paths of all methods.
    """
    described = context.described
    if described is None or "?" in typed:
        return
    url = _url(context, typed or "./")
    if url is None:
        return
    is_whole, folder, walked, counted = is_absolute(typed), _folder(context), [0], [0]
    deprecated, shown = list[Candidate](), dict[str, Candidate]()
    for mount in described.mounts(url.origin):
        for path, node in _level(described, mount, url.path, typed, walked):
            if method and not _has_method(described, node, method, walked):
                continue
            path = _with_slash(path, node, method)
            target = _as_typed(url.origin + path if is_whole else path, typed, folder)
            candidate = Candidate(target, meta=_node_meta(described, node, method, counted))
            if not node.is_template and _is_deprecated(node, method):
                deprecated.append(candidate)
            elif not node.is_template:
                yield candidate
            if not node.is_template:
                continue
            yield from _values_of_segment(described, node, target, candidate.meta)
            if not typed or typed.endswith("/"):
                shown.setdefault(target, candidate._replace(is_shown_only=True))
    yield from deprecated
    yield from shown.values()


def _with_slash(path: str, node: Node, method: str) -> str:
    """The path of a node, with a final slash if the method is described only for longer paths."""
    is_folder = method and method not in node.methods and not node.is_template
    return f"{path.rstrip('/')}/" if is_folder else path


def described_folder(context: CompletionContext, method: str, typed: str) -> Iterator[Named]:
    """The typed target with a slash at its end, if the description has longer paths with this method."""
    described, url = context.described, _url(context, typed) if "?" not in typed else None
    if described is None or url is None or typed.endswith("/"):
        return
    nodes = [node for _, node in described.level(url.origin, f"{url.path}/")]
    if sum(node.operation_count for node in nodes) > MAX_WALK:
        return
    count = sum(described.api.count_operations(node, method) if method else node.operation_count for node in nodes)
    if count:
        what = method or ("operation" if count == 1 else "operations")
        yield Named(f"{typed}/", f"{count} {what} below")


def described_pages(context: CompletionContext, typed: str, method: str) -> Iterator[Candidate]:
    """The paths whose operations `help` explains, as the description writes them: `/users/{id}`."""
    for one in described_targets(context, typed, method):
        yield one._replace(is_shown_only=False, is_syntax=True, is_target=False)


def _values_of_segment(described: DescribedBase, node: Node, target: str, about: str) -> Iterator[Candidate]:
    """The values of an enumerated parameter that is a whole segment; `target` ends with its `{name}`."""
    name = node.segment[1:-1]
    if node.segment != f"{{{name}}}" or "{" in name:
        return
    one = _first_operation(described, node)
    parameter = one.parameter(name, "path") if one is not None else None
    schema = parameter.schema.without_null if parameter is not None else None
    own = value_texts(schema) if schema is not None else {}
    for value in schema.values[:MAX_NAMES] if schema is not None else ():
        text = plain_text(value)
        if isinstance(value, str | int) and text and len(text) <= 200:
            path = target.removesuffix("/").removesuffix(node.segment) + escape_segment(text, safe="")
            is_folder = target.endswith("/") or not node.methods
            yield Candidate(f"{path}/" if is_folder else path, meta=_meta(_sentence(own.get(text, ""))) or about)


def _first_operation(described: DescribedBase, node: Node) -> Operation | None:
    """The first operation at a node or at the nodes below."""
    for one in islice(chain([node], described.api.walk(node)), MAX_SKIPPED):
        for entry in described.api.entries(one):
            return described.api.operation_of(entry)
    return None


def method_targets(
    context: CompletionContext, method: str, typed: str, targets: Iterable[Named], walked: list[int]
) -> list[Named]:
    """The targets for which the description has this method, or which are not described.

    A target has a final slash if the method is described only for longer paths. If the user has already typed this
    target, it is left out, since it would add nothing.
    """
    named = (
        one._replace(name=_as_folder(context, method, one.name))
        for one in targets
        if not _lacks_method(context, method, one.name, walked)
    )
    return [one for one in named if one.name != typed or not _is_only_folder(context, method, typed)]


def _lacks_method(context: CompletionContext, method: str, target: str, walked: list[int]) -> bool:
    """Whether the description has this target, but does not have this method for the target or for a path below it.

    False if many nodes have already been searched.
    """
    walked[0] += 1
    url = _url(context, target) if method and walked[0] <= MAX_TARGETS else None
    return url is not None and context.described is not None and context.described.lacks(method, url.origin, url.path)


def _as_folder(context: CompletionContext, method: str, target: str) -> str:
    """The target, with a final slash if the method is described only for longer paths."""
    is_folder = not target.endswith("/") and _is_only_folder(context, method, target)
    return f"{target}/" if is_folder else target


def _is_only_folder(context: CompletionContext, method: str, target: str) -> bool:
    """Whether the method is described only for paths below the target, and not for the target itself."""
    url = _url(context, target) if method and "?" not in target else None
    return (
        url is not None
        and context.described is not None
        and context.described.is_only_above(method, url.origin, url.path)
    )


def _folder(context: CompletionContext) -> str:
    try:
        return parse(context.base).path.rstrip("/") + "/"
    except UrlError:
        return "/"


def _as_typed(target: str, typed: str, folder: str) -> str:
    """The path as it is typed.

    It is relative to the folder of the base URL, unless the typed text begins with a slash.
    """
    if typed[:1] == "/" or is_absolute(typed) or folder == "/" or not target.startswith(folder):
        return target
    return target[len(folder) :] or target


def _level(
    described: DescribedBase, mount: str, path: str, typed: str, walked: list[int]
) -> Iterator[tuple[str, Node]]:
    """The nodes below the folder of a path, with their own paths.

    A node with a single child is replaced by that child.
    """
    folder = path if path.endswith("/") or not typed else path.rpartition("/")[0] + "/"
    if not f"{folder}/".startswith(f"{mount}/"):
        if f"{mount}/".startswith(folder):  # the API begins at a longer path than the typed one
            folder = f"{mount}/"
        else:
            return
    segments = [unquote(segment) for segment in folder[len(mount) :].split("/") if segment]
    for node in described.nodes_at(segments):
        for child in described.api.children(node):
            yield from _skipping(described, child, folder + child.segment, walked)


def _skipping(described: DescribedBase, node: Node, path: str, walked: list[int]) -> Iterator[tuple[str, Node]]:
    if not node.segment:
        return
    for _ in range(MAX_SKIPPED):
        if node.is_template or node.methods or walked[0] > MAX_WALK:
            break
        walked[0] += 1
        children = described.api.children(node)
        if len(children) != 1 or children[0].is_template or not children[0].segment:
            break
        node = children[0]
        path = f"{path}/{node.segment}"
    shown = described.api.with_slash_methods(node)
    is_folder = not node.methods and not (node.is_template and not shown.methods)
    yield (f"{path}/" if is_folder else path), shown


def _has_method(described: DescribedBase, node: Node, method: str, walked: list[int]) -> bool:
    """Whether the method is at this node or below.

    True also if the nodes are too many to look at for one key press.
    """
    if method in node.methods or node.operation_count > MAX_WALK:
        return True
    for one in described.api.walk(node):
        walked[0] += 1
        if method in one.methods or walked[0] > MAX_WALK:
            return True
    return False


def _is_deprecated(node: Node, method: str) -> bool:
    """Whether a path is deprecated.

    Its operation of this method decides, or else all its operations, or else all operations below.
    """
    if method in node.methods:
        return method in node.deprecated
    return len(node.deprecated) == len(node.methods) if node.methods and not method else node.is_deprecated


def _node_meta(described: DescribedBase, node: Node, method: str, counted: list[int]) -> str:
    methods = ", ".join(node.methods)
    mark = "deprecated" if _is_deprecated(node, method) else ""
    more = _operations_below(described, node, method, counted)
    return _meta(*(text for text in (methods, mark, _sentence(node.summary), more) if text))


def _operations_below(described: DescribedBase, node: Node, method: str, counted: list[int]) -> str:
    """How many operations the paths below a node have. If a method is given, only its operations count.

    Empty if there are none, or if there are too many to count for one key press.
    """
    if node.operation_count <= max(len(node.methods), 1):
        return ""
    own, count, kind = len(node.methods), node.operation_count, ""
    if method:
        counted[0] += node.operation_count
        if counted[0] > MAX_WALK:
            return ""
        own, count, kind = int(method in node.methods), described.api.count_operations(node, method), f"{method} "
    below = count - own
    if below <= 0:
        return ""
    if own:
        return f"{below} more {kind}below"
    return f"{below} {kind or ('operation ' if below == 1 else 'operations ')}below"


def operation_of(context: CompletionContext, method: str, target: str) -> Operation | None:
    """The described operation of a request that is being typed; None if there is none."""
    described = context.described
    return described.operation_at(method, target, context.base) if described is not None and target else None


def other_operations(context: CompletionContext, method: str, target: str) -> Iterator[Operation]:
    """The operations that the description has at this path for methods other than this one."""
    url = _url(context, target)
    if url is None or context.described is None:
        return
    others = context.described.methods_at(url.origin, url.path) - {method}
    yield from filter(None, (operation_of(context, other, target) for other in sorted(others)))


def fields_of_similar_operations(
    context: CompletionContext, method: str, target: str, used: frozenset[str]
) -> Iterator[Candidate]:
    """The fields of a PUT or PATCH whose body has no described fields, as items: those of the first similar operation.

    `used` has the names of the items that are typed already.
    """
    for one, source in similar_operations(context, method, target):
        found = list(described_fields(one, used))
        if not found and one.method == "GET" and (schema := _response_schema(one)) is not None:
            found = list(_fields_of_body(schema, "json", used, NOTHING_GIVEN))
        if found:
            yield from (field._replace(meta=_meta(field.meta.partition(", ")[0], f"of {source}")) for field in found)
            return


def similar_operations(context: CompletionContext, method: str, target: str) -> Iterator[tuple[Operation, str]]:
    """The operations whose fields a PUT or PATCH may have if its own body has no described fields: other methods of
    the path, and POST of the list above an item. Each comes with its name, such as `PUT` or `POST /owners`.
    """
    own = _operation_at(context, method, target)
    if method not in ("PUT", "PATCH") or (own is not None and not _has_open_body(own)):
        return
    others = [_operation_at(context, other, target) for other in ("PUT", "PATCH", "POST") if other != method]
    yield from ((one, one.method) for one in others if one is not None)
    path, _, last = target.partition("?")[0].rstrip("/").rpartition("/")
    at_path = [one for one in (own, *others) if one is not None]
    is_item = bool(last) and any(one.path.rstrip("/").endswith("}") for one in at_path)
    if is_item and (above := _operation_at(context, "POST", path)) is not None:
        yield above, f"POST {above.path}"
    if own is not None and (shown := _operation_at(context, "GET", target)) is not None:
        yield shown, "GET"


def _operation_at(context: CompletionContext, method: str, target: str) -> Operation | None:
    """The operation for exactly this path, so that no parameter of it takes several segments."""
    url = _url(context, target)
    if url is None or context.described is None or method not in context.described.methods_at(url.origin, url.path):
        return None
    return operation_of(context, method, target)


def _has_open_body(operation: Operation) -> bool:
    """Whether any fields may be sent: the body is not described, or it is a JSON object without described fields."""
    schema = body_schema(operation)
    if schema is None:
        return True
    types = schema.without_null.types
    return body_kind(operation) == "json" and types in ((), ("object",)) and not any(_fields_of(schema))


def _response_schema(operation: Operation) -> SchemaView | None:
    """The schema of the JSON in the first response that is a success."""
    media = [one for response in operation.responses if response.status[:1] == "2" for one in response.media]
    return next((one.schema for one in media if "json" in one.media_type), None)


def described_query(operation: Operation, used: frozenset[str]) -> Iterator[Candidate]:
    """The query parameters as items: missing required ones, constants, all others, and at last deprecated ones."""
    constants = dict(operation.constants)
    parameters = [
        one
        for one in operation.parameters
        if one.location == "query" and (one.name not in used or "array" in one.schema.without_null.types)
    ]
    for name, value in constants.items():
        if name not in used:
            if _BARE.fullmatch(name) and _BARE.fullmatch(value):
                yield Candidate(f"{name}=={value}", meta="query, required", style="noun", is_syntax=True)
            else:  # quotes are possible around the name alone
                yield Candidate(name, meta="query, required", style="noun", separator="==")
    for one in sorted(parameters, key=_order_of_parameter):
        if one.name not in constants:
            yield Candidate(one.name, meta=_parameter_meta(one, "query"), style="noun", separator="==")


def _order_of_parameter(one: Parameter) -> int:
    if one.is_deprecated:
        return 2
    return 0 if one.is_required else 1


def described_headers(
    context: CompletionContext, operation: Operation | None, used: frozenset[str]
) -> Iterator[Candidate]:
    """The header parameters, and the headers for API keys if the operation requires these keys, as items.

    Keys that the session already sends are left out. `used` has the lower-cased names that are typed already.
    """
    for one in operation.parameters if operation is not None else ():
        if one.location == "header" and one.name.lower() not in used:
            yield Candidate(one.name, meta=_parameter_meta(one, "header"), style="noun", separator=":")
    schemes = {one.scheme for together in operation.security for one in together} if operation is not None else ()
    yield from _key_items(context, used, lambda scheme: scheme.name in schemes)


def other_key_headers(context: CompletionContext, used: frozenset[str]) -> Iterator[Candidate]:
    """The headers for all API keys, as items, without keys that the session already sends."""
    yield from _key_items(context, used, lambda _: True)


def _key_items(
    context: CompletionContext, used: frozenset[str], is_wanted: Callable[[Scheme], bool]
) -> Iterator[Candidate]:
    left_out = {context.auth_header.lower(), *(name.lower() for name, _ in context.headers), *used}
    for candidate in _key_headers(context, is_wanted):
        if candidate.text.lower() not in left_out:
            yield candidate._replace(meta="header, an API key as described", style="noun", separator=":")


def described_fields(
    operation: Operation, used: frozenset[str], given: Mapping[str, str] = NOTHING_GIVEN
) -> Iterator[Candidate]:
    """The fields of the request body as items: missing required ones first, deprecated ones last.

    A required field of an object counts as required if the object is required, or if another field of the object is
    typed already. The fields of an object come before the object as a whole, whose value would be typed as JSON. For a
    list of texts or numbers, its entries are offered: `tags[]=`. Read-only fields are left out.

    Args: operation: the operation with the body. used: the names of the items that are typed already. given: the values
    of the typed fields; alternatives of the body that do not allow these values are left out.
    """
    schema = body_schema(operation)
    kind = body_kind(operation)
    if schema is None:
        return
    if kind == "json" and "array" in schema.without_null.types:
        yield from _entries_of_body(schema.without_null, used)
    elif kind == "json" and not _has_form_or_json(operation) and not any(_fields_of(schema)):
        yield from _file_as_body(operation, used)
    else:
        found = _fields_of_body(schema, kind, used, given)
        yield from found if kind == "multipart" else _with_files(operation, found, used)


def _with_files(operation: Operation, fields: Iterable[Candidate], used: frozenset[str]) -> Iterator[Candidate]:
    """The fields of a body that may also be multipart. A field that is a file in multipart is offered as an upload."""
    media = operation.body.media if operation.body is not None else ()
    schema = next((one.schema for one in media if one.media_type.lower().startswith("multipart/")), None)
    files = {
        name: _field_candidate(name, field, "multipart", is_required=is_required)
        for name, is_required, field in (_fields_of(schema) if schema is not None else ())
        if _file_schema(field).is_file and (name not in used or _file_schema(field) is not field.without_null)
    }
    for one in fields:
        yield files.pop(one.text.removesuffix("[]"), one)
    yield from files.values()


def _fields_of_body(
    schema: SchemaView, kind: str, used: frozenset[str], given: Mapping[str, str]
) -> Iterator[Candidate]:
    begun = {name.partition("[")[0] for name in used}
    left, nested = [MAX_FIELDS], 0
    later: list[tuple[int, Candidate]] = []
    for name, is_required, field in _in_order(_fields_of(schema, given=given)):
        place = _place(field, is_required=is_required)
        entry = _entry_of_list(name, field) if kind == "json" else None
        whole = None
        if entry is not None:
            candidate = _field_candidate(
                f"{name}[]", entry, kind, is_required=is_required, is_nested=True, of_list=field
            )
            later.append((place if name not in begun else max(place, 1), candidate))
        elif name not in begun or (kind == "multipart" and _file_schema(field) is not field.without_null):
            whole = (place, _field_candidate(name, field, kind, is_required=is_required))
        if kind == "json" and name not in used and nested < MAX_NAMES:
            found = _in_order(_nested_fields(name, field, left, given))
            nested += len(found)
            for inner, is_inner_required, one in found:
                if inner not in used:
                    is_needed = is_inner_required and (is_required or name in begun)
                    inner_place = _place(one, is_required=is_needed)
                    candidate = _field_candidate(inner, one, kind, is_required=is_needed, is_nested=True)
                    if is_inner_required and not is_needed:
                        candidate = candidate._replace(meta=_meta(candidate.meta, f"required in {name}"))
                    later.append((max(place if name not in begun else 0, inner_place), candidate))
        if whole is not None:
            if (
                kind == "multipart" and _file_schema(field).format == "uri"
            ):  # drf-spectacular describes a file in this way
                about = whole[1].meta.replace("uri", "file", 1)
                later.append((place, whole[1]._replace(meta=about, separator="@")))
            later.append(whole)
    yield from (candidate for _, candidate in sorted(later, key=lambda pair: pair[0]))


def _has_form_or_json(operation: Operation) -> bool:
    media = operation.body.media if operation.body is not None else ()
    return any(word in one.media_type.lower() for one in media for word in ("json", "form"))


def _file_as_body(operation: Operation, used: frozenset[str]) -> Iterator[Candidate]:
    """The item that sends a file as the body, for a body that has no fields."""
    if operation.body is not None and "" not in used:
        types = ", ".join(one.media_type for one in operation.body.media[:MAX_BRANCHES])
        yield Candidate("@", meta=_meta("body, a file", visible_line(types)), style="noun", is_syntax=True)


def _entries_of_body(schema: SchemaView, used: frozenset[str]) -> Iterator[Candidate]:
    """The fields of the first entry of a body that is a list: `[0][name]=`; for a list of texts or numbers `[]=`."""
    entry = schema.items.without_null if schema.items is not None else None
    if entry is None:
        return
    fields = [one for one in _in_order(_fields_of(entry)) if NESTED_STEP.fullmatch(one[0])]
    for name, is_required, field in fields:
        if f"[0][{name}]" not in used:
            yield _field_candidate(f"[0][{name}]", field, "json", is_required=is_required, is_nested=True)
    if not fields and "object" not in entry.types and "array" not in entry.types:
        yield _field_candidate("[]", entry, "json", is_required=False, is_nested=True, of_list=schema)


def _entry_of_list(name: str, field: SchemaView) -> SchemaView | None:
    """The schema of an entry of a list whose entries are texts, numbers or booleans; None for any other field."""
    schema = field.without_null
    entry = schema.items.without_null if "array" in schema.types and schema.items is not None else None
    if entry is None or not NESTED_STEP.fullmatch(name):
        return None
    types = _types_of(entry)
    return entry if types and {"object", "array"}.isdisjoint(types) else None


def _in_order(fields: Iterable[tuple[str, bool, SchemaView]]) -> list[tuple[str, bool, SchemaView]]:
    """The fields in order: required ones first, deprecated ones last."""
    return sorted(fields, key=lambda one: _place(one[2], is_required=one[1]))


def _place(field: SchemaView, *, is_required: bool) -> int:
    if field.is_deprecated:
        return 2
    return 0 if is_required else 1


def _field_candidate(
    name: str,
    field: SchemaView,
    kind: str,
    *,
    is_required: bool,
    is_nested: bool = False,
    of_list: SchemaView | None = None,
) -> Candidate:
    """A field as an item. `of_list` is the list, if the field is an entry of it."""
    is_file = kind == "multipart" and _file_schema(field).is_file
    words = "file" if is_file else schema_words(of_list or field)
    separator = "=" if kind != "json" or _is_text(field) else ":="
    meta = _meta(words, "required" if is_required else "", _sentence((of_list or field).description))
    return Candidate(name, meta=meta, style="noun", separator="@" if is_file else separator, is_syntax=is_nested)


def _file_schema(field: SchemaView) -> SchemaView:
    """The schema of one file of a field; the field may be a list of files."""
    schema = field.without_null
    return (schema.items or schema) if "array" in schema.types else schema


def _nested_fields(
    name: str, field: SchemaView, left: list[int], given: Mapping[str, str]
) -> Iterator[tuple[str, bool, SchemaView]]:
    """The fields of an object within the body, or of the first item of a list: `address[city]`, `lines[0][size]`."""
    schema = field.without_null
    if not NESTED_STEP.fullmatch(name):
        return
    if "array" in schema.types and schema.items is not None:
        name, schema = f"{name}[0]", schema.items.without_null
    begin = f"{name}["
    own = {key[len(begin) : -1]: value for key, value in given.items() if key.startswith(begin) and key.endswith("]")}
    for inner, is_required, one in _fields_of(schema, left, own):
        if NESTED_STEP.fullmatch(inner):
            yield f"{name}[{inner}]", is_required, one


def _fields_of(
    schema: SchemaView, left: list[int] | None = None, given: Mapping[str, str] = NOTHING_GIVEN
) -> Iterator[tuple[str, bool, SchemaView]]:
    """The fields of an object and of its alternatives, each name once.

    A field that only some alternatives have is not required. Alternatives that do not allow a value of `given` are
    left out.
    """
    left = [MAX_FIELDS] if left is None else left
    found: dict[str, SchemaView] = {}
    required: Counter[str] = Counter()
    schema = schema.without_null
    own, *alternatives = _alternatives(schema, left, given)
    for fields in (own, *alternatives):
        for field in fields:
            is_allowed = not field.schema.is_read_only and field.schema.raw is not False
            if is_allowed and (field.name in found or len(found) < MAX_NAMES):
                found.setdefault(field.name, field.schema)
                required[field.name] += field.is_required
    always = {field.name for field in own if field.is_required}
    for name, one in found.items():
        yield name, name in always or 0 < required[name] == len(alternatives), one


def _alternatives(schema: SchemaView, left: list[int], given: Mapping[str, str]) -> list[tuple[SchemaField, ...]]:
    """The fields of an object itself, then those of each alternative that allows the given values."""
    found = [schema.fields]
    left[0] -= len(found[0]) + 1
    for branch in schema.branches:
        if left[0] < 0:
            break
        fields = branch.fields
        left[0] -= len(fields) + 1
        if all(_allows(field.schema, given.get(field.name)) for field in fields):
            found.append(fields)
    return found


def _allows(field: SchemaView, value: str | None) -> bool:
    """Whether an enumerated field, such as a discriminator, allows this value."""
    return value is None or not field.values or value in map(plain_text, field.values)


def query_names(operation: Operation) -> list[str]:
    """The names of the query parameters."""
    return [one.name for one in operation.parameters if one.location == "query"]


def body_field_names(operation: Operation) -> list[str]:
    """The names of the fields that the request may have; empty if any name is allowed."""
    schema = body_schema(operation)
    return [name for name, _, _ in _fields_of(schema)] if schema is not None else []


def body_schema(operation: Operation) -> SchemaView | None:
    """The schema of the body that typed items make: the schema of JSON, or else of a form, or else the first schema."""
    media = operation.body.media if operation.body is not None else ()
    for kind in ("json", "form"):
        for one in media:
            if kind in one.media_type:
                return one.schema
    return media[0].schema if media else None


def described_values(operation: Operation, kind: str, name: str) -> Iterator[Candidate]:
    """The values of a parameter or field: enumerated ones, then the default and examples.

    Args:
        operation: the operation with the parameter or field.
        kind: `query`, `header`, `header_left_out` (without a value yet), or anything else for a field of the body.
        name: as typed.
    """
    if kind in ("query", "header", "header_left_out"):
        kind = "query" if kind == "query" else "header"
        parameter = operation.parameter(name, kind)
        if parameter is not None:
            examples = [one.value for one in parameter.examples]
            yield from _values_of(parameter.schema, parameter.description, examples)
        elif kind == "header":
            yield from _media_types(operation, name.lower())
        return
    schema = body_schema(operation)
    field = field_at(schema, name)
    if schema is None or field is None:
        return
    if kind == "json" and not {"object", "array"}.isdisjoint(field.without_null.types):
        yield from _json_example(field.without_null)
        return
    yield from _values_of(field, field.description, [])
    # each alternative has another value of the field that chooses the alternative
    above, _, last = name.rstrip("]").rpartition("[")
    parent = field_at(schema, above) if above else schema
    if parent is None:
        return
    for fields in _alternatives(parent.without_null, [MAX_FIELDS], NOTHING_GIVEN)[1:]:
        for other in (one.schema for one in fields if one.name == last and one.schema is not field):
            yield from _values_of(other, other.description, [])


def _json_example(schema: SchemaView) -> Iterator[Candidate]:
    """An example of an object or a list, as JSON."""
    found = (make_value(schema, is_full=is_full) for is_full in (False, True))
    value = next((one for one in found if one is not MISSING and one not in ({}, [])), MISSING)
    text = json.dumps(value, ensure_ascii=False) if value is not MISSING else ""
    if text and text.isprintable() and len(text) <= MAX_EXAMPLE:
        yield Candidate(text, meta="an example", style="string")


def _media_types(operation: Operation, header: str) -> Iterator[Candidate]:
    """The media types of the description for `Accept` or `Content-Type`; `header` is in lower case."""
    media = [one for response in operation.responses for one in response.media] if header == "accept" else []
    if header == "content-type" and operation.body is not None:
        media = list(operation.body.media)
    for name in dict.fromkeys(one.media_type for one in media[:MAX_NAMES]):
        yield Candidate(name, meta="described", style="string", is_syntax=_MEDIA_TYPE.fullmatch(name) is not None)


def field_at(schema: SchemaView | None, name: str) -> SchemaView | None:
    """The schema of a field, which may be nested: `size`, `address[city]`, `lines[0][size]`."""
    first, _, rest = name.partition("[")
    for step in (first, *(part.rstrip("]") for part in rest.split("[") if rest)):
        if schema is None:
            return None
        schema = schema.without_null
        if "array" in schema.types and (not step or step.isdecimal()):
            schema = schema.items
        else:
            schema = next((field for other, _, field in _fields_of(schema) if other == step), None)
    return schema


def _values_of(schema: SchemaView, about: str, examples: Iterable[object]) -> Iterator[Candidate]:
    inner = schema.without_null
    of_items = inner.items if "array" in inner.types else None
    values: list[object] = list((of_items or inner).values)
    if not values and "boolean" in inner.types:
        values = [True, False]
    values += [schema.default] if schema.has_default else []
    count = len(values)
    values += [*examples, *schema.examples, *(inner.examples if inner is not schema else ())]
    own = value_texts(of_items or inner)
    shown: set[str] = set()
    for number, value in enumerate(values[:MAX_NAMES]):
        if isinstance(value, (dict, list)) or value is None:
            continue
        text = plain_text(value)
        if text not in shown and text.isprintable() and len(text) <= 200:
            is_default = schema.has_default and value == schema.default
            source = "default" if is_default else "example" if number >= count else ""
            meta = _meta(source, _sentence(own.get(text, "" if shown else about))) or "described"
            shown.add(text)
            yield Candidate(text, meta=meta, style="string", is_syntax=_BARE.fullmatch(text) is not None)


def value_texts(schema: SchemaView) -> dict[str, str]:
    """The description of each value of a schema.

    It comes from an alternative with one value, from `x-enum-descriptions`, or from a list in the text
    (`` * `novel` - A novel``), as drf-spectacular writes it.
    """
    values = [plain_text(value) for value in schema.values[:MAX_NAMES]]
    found = {value: text for value, text in _listed_values(schema.description) if value in values}
    for branch in schema.branches[:MAX_NAMES]:
        if len(branch.values) == 1 and (branch.title or branch.description):
            found[plain_text(branch.values[0])] = branch.description or branch.title
    for key in ("x-enum-descriptions", "x-enumDescriptions"):
        given = schema.flat.get(key)
        if isinstance(given, dict):
            found |= {value: given[value] for value in values if isinstance(given.get(value), str)}
        elif isinstance(given, list):
            found |= {value: one for value, one in zip(values, given, strict=False) if isinstance(one, str)}
    return found


def _listed_values(text: str) -> Iterator[tuple[str, str]]:
    """The values that a text lists, each with its description."""
    for line in text[:MAX_LISTED].splitlines()[:MAX_NAMES]:
        if line.lstrip().startswith(_LISTED):
            value, _, about = line.lstrip().removeprefix(_LISTED).partition("` - ")
            yield value, about


def described_servers(context: CompletionContext) -> Iterator[Candidate]:
    """The servers of the description, for `set base`."""
    if context.described is not None:
        for url, about in islice(context.described.server_choices(), MAX_NAMES):
            yield Candidate(url, meta=_meta(_sentence(about) or "server of the API"), style="path")


def described_schemes(context: CompletionContext) -> Iterator[Candidate]:
    """The schemes of `set auth` that the description asks for.

    If `set auth` cannot set the credential of a scheme, the scheme is a row that inserts nothing.
    """
    if context.described is None:
        return
    for scheme in context.described.api.schemes:
        found = credential_of(scheme)
        about = _sentence(str(scheme.described.get("description") or ""))
        if found.scheme:
            what = about if scheme.type in ("http", "apiKey") and not found.prefix else found.about
            meta = _meta(f"{scheme.name}: this API asks for it", _sentence(what))
            yield Candidate(found.scheme, meta=meta, style="noun")
        else:
            yield Candidate(scheme.name, meta=_meta(found.command, _sentence(found.about)), is_shown_only=True)


def described_key_headers(context: CompletionContext) -> Iterator[Candidate]:
    """The headers that hold keys, for `set auth apikey`."""
    yield from _key_headers(context, lambda _: True)


def _key_headers(context: CompletionContext, is_wanted: Callable[[Scheme], bool]) -> Iterator[Candidate]:
    if context.described is not None:
        for scheme in filter(is_wanted, context.described.api.schemes):
            if scheme.type == "apiKey" and scheme.described.get("in") == "header":
                prefix = credential_of(scheme).prefix
                meta = _meta("described", f"a key after the word {prefix}" if prefix else "")
                yield Candidate(str(scheme.described.get("name", "")), meta=meta, style="header.name")


def schema_words(schema: SchemaView) -> str:
    """Type, bounds and default of a schema in a few words: `integer 1..100 = 10`."""
    inner = schema.without_null
    types = _types_of(inner)
    kind = "|".join(types) or "any"
    if types == ("string",) and inner.format:
        kind = inner.format
    elif types == ("string",) and inner.pattern and len(inner.pattern) <= MAX_PATTERN:
        kind = f"string like {visible_line(inner.pattern)}"
    if inner.types == ("array",) and inner.items is not None and inner.items.types:
        kind = f"list of {'|'.join(inner.items.types)}"
    low, high = inner.minimum, inner.maximum
    bounds = "" if low is None and high is None else f" {_number(low)}..{_number(high)}"
    has_default = schema.has_default and isinstance(schema.default, (str, int, float))
    return f"{kind}{bounds} = {plain_text(schema.default)}" if has_default else f"{kind}{bounds}"


def _number(value: float | None) -> str:
    if value is None:
        return ""
    return str(int(value)) if value == int(value) else str(value)


def _types_of(schema: SchemaView) -> tuple[str, ...]:
    """The types of a schema; if it names none, the types of its alternatives."""
    if schema.types:
        return schema.types
    return tuple(dict.fromkeys(kind for branch in schema.branches[:MAX_BRANCHES] for kind in branch.types))


def _is_text(schema: SchemaView) -> bool:
    types = _types_of(schema)
    return not types or "string" in types


def _parameter_meta(one: Parameter, kind: str) -> str:
    words = (
        kind,
        schema_words(one.schema),
        "required" if one.is_required else "",
        "deprecated" if one.is_deprecated else "",
    )
    return _meta(*words, _sentence(one.description))


def _meta(*texts: str) -> str:
    """The texts beside a candidate, joined into one line."""
    joined = ", ".join(text for text in texts if text)
    return joined if len(joined) <= MAX_META else joined[: MAX_META - 1] + "…"


def _sentence(text: str) -> str:
    """The first sentence of a foreign text, sanitised and without simple Markdown."""
    lines = (line for line in text[:400].splitlines() if not line.lstrip().startswith(_LISTED))
    line = visible_line(" ".join(" ".join(lines).split()))
    return line.partition(". ")[0].rstrip(".").replace("**", "").replace("`", "")


def _url(context: CompletionContext, target: str) -> Url | None:
    try:
        return parse(join(context.base, target)) if context.base or is_absolute(target) else None
    except UrlError:
        return None
