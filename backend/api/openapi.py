"""Makes the OpenAPI document of the routes as they are declared, and gives it to who asks."""

import re
from collections.abc import Callable, Iterable, Mapping
from http import HTTPStatus
from importlib.metadata import version
from inspect import cleandoc
from types import NoneType
from typing import Final, cast

from aiohttp import web

from backend.api.codes import by_status
from backend.api.guard import CSRF_HEADER, READING, SESSION
from backend.api.http import Problem, answer
from backend.api.office_keys import office_of
from backend.api.permissions import ANYONE, MESSAGES, PHONE, Permission, Way
from backend.api.route import Content, Route, Shape, shape_of
from hotline.form.field import FormField
from hotline.form.form import HOT, Form
from hotline.form.types import schema_of
from hotline.wire import schemas_of

Json = dict[str, object]
DOCUMENT: web.AppKey[Callable[[], Json]] = web.AppKey("openapi")
REF: Final = "#/components/schemas/{name}"
CSRF: Final = "csrf"
NO_CONTENT: Final = frozenset({101, 304, 412, 416})
_HOLE: Final = re.compile(r"\{(\w+)(?::([^}]*))?\}")
_SCHEMES: Final[Mapping[str, Json]] = {
    SESSION: {
        "type": "apiKey",
        "in": "cookie",
        "name": SESSION,
        "description": "Given by POST /api/login; behind https its name begins with __Host-.",
    },
    CSRF: {
        "type": "apiKey",
        "in": "header",
        "name": CSRF_HEADER,
        "description": "The session's token from GET /api/me, with everything that changes.",
    },
    PHONE: {"type": "http", "scheme": "bearer", "description": "The phone connector's token."},
    MESSAGES: {"type": "http", "scheme": "bearer", "description": "The message connector's token."},
}


async def document(request: web.Request) -> web.StreamResponse:
    """Give the document, with the fields of the city's form as it is now."""
    told = request.app[DOCUMENT]()
    return answer(with_form(told, office_of(request).city.form), pack=True)


def with_form(told: Json, form: Form) -> Json:
    """Give a document in which a case's fields and a move's inputs are those of a form.

    Cases of earlier releases may have fields that the form has no more, so others may be there too.
    """
    fields = form.fields.values()
    own = [one for one in fields if one.id not in HOT and not one.role]
    components = cast("Json", told["components"])
    schemas = cast("dict[str, Json]", components["schemas"])
    form_schemas = {
        "CaseFields": _object("Values of the form's own fields.", own),
        "MoveInputs": _object("Inputs of a move.", [one for one in fields if not one.inner]),
    }
    places = (("ListedCase", "fields"), ("CaseDetail", "fields"))
    inputs = (("Act", "given"), ("ActAsked", "given"))
    led = {**dict.fromkeys(places, "CaseFields"), **dict.fromkeys(inputs, "MoveInputs")}
    changed = dict(schemas)
    for (record, name), target in led.items():
        known = changed[record]
        properties = {**_properties(known), name: {"$ref": REF.format(name=target)}}
        changed[record] = {**known, "properties": properties}
    return {**told, "components": {**components, "schemas": changed | form_schemas}}


def _object(description: str, fields: Iterable[FormField]) -> Json:
    properties = {one.id: {"anyOf": [schema_of(one), {"type": "null"}]} for one in fields}
    return {"type": "object", "description": description, "properties": properties}


def document_of(routes: Iterable[Route]) -> Json:
    """Make the document of some routes; TypeError for one whose types are not said."""
    listed = tuple(routes)
    kinds = _kinds(listed)
    schemas, components = schemas_of(kinds, REF)
    asked = [schemas[at] for at, kind in enumerate(kinds) if kind in _asked(listed)]
    for name in components.keys() - _led_to(asked, components):
        # What is only ever given has all its fields, whatever they are made with.
        if "properties" in components[name]:
            components[name]["required"] = list(_properties(components[name]))
    known = dict(zip(map(id, kinds), schemas, strict=True))
    paths: dict[str, Json] = {}
    for route in listed:
        path = _HOLE.sub(r"{\1}", route.path)
        paths.setdefault(path, {})[route.method.lower()] = _operation(route, known, components)
    queries = {_name_of(shape_of(route).query) for route in listed}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "City hotline",
            "version": version("city-hotline"),
            "description": "Everything is JSON in UTF-8; instants are ISO 8601, points WGS-84.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {
            "schemas": {
                name: _cleaned(_counted(schema))
                for name, schema in sorted(components.items())
                if name not in queries
            },
            "securitySchemes": _SCHEMES,
        },
    }


def _kinds(routes: Iterable[Route]) -> list[object]:
    """Every record that is told of, each once."""
    kinds: list[object] = [Problem]
    for route in routes:
        shape = shape_of(route)
        kinds += [shape.body, shape.query, shape.answer, *route.problems.values()]
        if isinstance(shape.answer, Content):
            kinds.append(shape.answer.frames)
    return [kind for kind in kinds if _is_record(kind)]


def _asked(routes: Iterable[Route]) -> list[object]:
    """The records that are sent to us."""
    return [kind for one in map(shape_of, routes) for kind in (one.body, one.query)]


def _led_to(told: object, components: Mapping[str, Json]) -> set[str]:
    """The names of all schemas that a schema leads to."""
    if isinstance(told, list):
        return {name for one in told for name in _led_to(one, components)}
    if not isinstance(told, dict):
        return set()
    name = str(told.get("$ref", "")).rpartition("/")[2]
    found = {name for one in told.values() for name in _led_to(one, components)}
    return found | ({name} | _led_to(components[name], components) if name else set())


def _properties(schema: Json) -> Json:
    told = schema.get("properties", {})
    assert isinstance(told, dict)
    return told


def _is_record(kind: object) -> bool:
    return kind not in (None, NoneType) and not isinstance(kind, Content)


def _name_of(kind: object) -> str:
    return getattr(kind, "__name__", "")


def _cleaned(schema: Json) -> Json:
    told = schema.get("description")
    return {**schema, "description": cleandoc(told)} if isinstance(told, str) else schema


def _counted(schema: object) -> Json:
    """Give a schema whose pairs any client understands: by their number, and what all may be.

    `items: false` behind the single places is right too, and makes generators of clients stumble.
    """
    told = _walked(schema)
    assert isinstance(told, dict)
    return told


def _walked(told: object) -> object:
    if isinstance(told, list):
        return [_walked(one) for one in told]
    if not isinstance(told, dict):
        return told
    found = {name: _walked(one) for name, one in told.items()}
    places = found.get("prefixItems")
    if isinstance(places, list) and found.get("items") is False:
        kinds = [one for at, one in enumerate(places) if one not in places[:at]]
        found["items"] = kinds[0] if len(kinds) == 1 else {"anyOf": kinds}
    return found


def _raw(kind: str) -> Json:
    """What is no record: JSON of a form of its own, or bytes."""
    if kind.endswith("json"):
        return {"schema": {"type": "object"}}
    return {"schema": {"type": "string", "format": "binary"}}


def _operation(route: Route, known: Mapping[int, Json], components: Mapping[str, Json]) -> Json:
    shape = shape_of(route)
    module = route.handler.__module__.rpartition(".")[2]
    told: Json = {
        "operationId": f"{module}_{route.handler.__name__}",
        "summary": route.summary,
        "description": f"For: {route.may.who}.",
        "tags": ["connectors" if route.may.way is Way.CONNECTOR else "console"],
        "parameters": [*_in_path(route), *_in_query(shape, components), *_in_headers(route)],
        "responses": _responses(route, shape, known),
    }
    if route.may.way in (Way.SESSION, Way.CONNECTOR):
        told["security"] = _security(route.may, route.method)
    if shape.body is not None:
        told["requestBody"] = _content({"application/json": {"schema": known[id(shape.body)]}})
    elif route.takes:
        told["requestBody"] = _content({route.takes: _raw(route.takes)})
    return told


def _content(content: Json) -> Json:
    return {"required": True, "content": content}


def _security(may: Permission, method: str) -> list[Json]:
    if may.way is Way.CONNECTOR:
        return [{name: []} for name in sorted(may.connectors)]
    return [{SESSION: []} if method in READING else {SESSION: [], CSRF: []}]


def _in_path(route: Route) -> list[Json]:
    return [
        {
            "name": name,
            "in": "path",
            "required": True,
            "schema": {"type": "string", "pattern": f"^(?:{pattern or '[^{}/]+'})$"},
        }
        for name, pattern in _HOLE.findall(route.path)
    ]


def _in_query(shape: Shape, components: Mapping[str, Json]) -> list[Json]:
    if shape.query is None:
        return []
    schema = components[_name_of(shape.query)]
    required = schema["required"]
    assert isinstance(required, list)
    return [
        {
            "name": name.removesuffix("_"),
            "in": "query",
            "required": name in required,
            "schema": told,
        }
        for name, told in _properties(schema).items()
    ]


def _in_headers(route: Route) -> list[Json]:
    return [{"name": name, "in": "header", "schema": {"type": "string"}} for name in route.headers]


def _responses(route: Route, shape: Shape, known: Mapping[int, Json]) -> Json:
    told: dict[int, Json] = {}
    if isinstance(shape.answer, Content):
        for status in shape.answer.statuses:
            told[status] = _response(HTTPStatus(status).phrase)
            if status not in NO_CONTENT:
                told[status]["content"] = {kind: _raw(kind) for kind in shape.answer.types}
            if shape.answer.frames is not None:
                told[status]["x-frames"] = known[id(shape.answer.frames)]
    else:
        given: Json = {"type": "object"} if shape.answer is NoneType else known[id(shape.answer)]
        told[200] = _response("OK", given)
    for status, codes in by_status(route.codes).items():
        record = known[id(route.problems.get(status, Problem))]
        narrowed: Json = {"allOf": [record, {"properties": {"code": {"enum": codes}}}]}
        told[status] = _response(", ".join(codes), narrowed)
    return {str(status): one for status, one in sorted(told.items())}


def _response(description: str, schema: Json | None = None) -> Json:
    told: Json = {"description": description}
    if schema is not None:
        told["content"] = {"application/json": {"schema": schema}}
    return told


ROUTES: tuple[Route, ...] = (
    Route(
        "GET",
        "/openapi.json",
        document,
        "All of this, for tools (OpenAPI 3.1)",
        ANYONE,
        gives=dict[str, object],
    ),
)
