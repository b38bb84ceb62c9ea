"""JSON schema, as far as an emulator needs it: the smallest valid value, a fit check, the vendor's limits."""

import json
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

Schema = dict[str, Any]
_TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "null": (type(None),),
}
_UNSUPPORTED = (
    "minLength",
    "maxLength",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "maxItems",
    "uniqueItems",
    "minProperties",
    "maxProperties",
)


def resolve(schema: Schema, root: Schema) -> Schema:
    """Follow `$ref` into `$defs` of the root."""
    while "$ref" in schema:
        schema = root["$defs"][schema["$ref"].rsplit("/", 1)[-1]]
    return schema


def smallest(schema: Schema, root: Schema | None = None) -> Any:
    """The smallest value that fits: first enum value, empty lists, required properties only."""
    root = root if root is not None else schema
    schema = resolve(schema, root)
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return schema["enum"][0]
    for key in ("anyOf", "oneOf", "allOf"):
        if key in schema:
            return smallest(schema[key][-1], root)
    kind = schema.get("type", "object")
    kind = kind[-1] if isinstance(kind, list) else kind
    if kind == "object":
        properties: Schema = schema.get("properties", {})
        names: list[str] = schema.get("required", list(properties))
        return {name: smallest(properties[name], root) for name in names}
    if kind == "array":
        return [smallest(schema["items"], root) for _ in range(schema.get("minItems", 0))]
    values = {"string": "emulated", "integer": 0, "number": 0.5, "boolean": True, "null": None}
    return schema.get("minimum", values[kind]) if kind in ("integer", "number") else values[kind]


def misfits(value: Any, schema: Schema, root: Schema | None = None, path: str = "$") -> Iterator[str]:
    """What in `value` the schema forbids, as 'path: reason'."""
    root = root if root is not None else schema
    schema = resolve(schema, root)
    if "const" in schema and value != schema["const"]:
        yield f"{path}: not the constant"
    if "enum" in schema and value not in schema["enum"]:
        yield f"{path}: not in the enum"
    for key in ("anyOf", "oneOf"):
        if key in schema and all(any(misfits(value, branch, root, path)) for branch in schema[key]):
            yield f"{path}: fits no branch of {key}"
    kinds = schema.get("type", [])
    kinds = [kinds] if isinstance(kinds, str) else kinds
    if kinds and not any(isinstance(value, _TYPES[kind]) for kind in kinds):
        yield f"{path}: not a {' or '.join(kinds)}"
        return
    if isinstance(value, dict) and "properties" in schema:
        yield from _object_misfits(value, schema, root, path)
    if isinstance(value, list) and "items" in schema:
        for index, item in enumerate(value):
            yield from misfits(item, schema["items"], root, f"{path}[{index}]")


def enum_paths(value: Any, schema: Schema, root: Schema | None = None) -> Iterator[tuple[Any, Any]]:
    """(container, key) of every string in `value` that an enum governs."""
    root = root if root is not None else schema
    schema = resolve(schema, root)
    for branch in schema.get("anyOf", []):
        if not any(misfits(value, branch, root)):
            yield from enum_paths(value, branch, root)
    if isinstance(value, dict):
        for name, part in schema.get("properties", {}).items():
            if name in value and isinstance(value[name], str) and _has_enum(part, root):
                yield value, name
            elif name in value:
                yield from enum_paths(value[name], part, root)
    if isinstance(value, list) and "items" in schema:
        for index, item in enumerate(value):
            if isinstance(item, str) and _has_enum(schema["items"], root):
                yield value, index
            else:
                yield from enum_paths(item, schema["items"], root)


def vendor_limits(schema: Schema) -> str | None:
    """Why Anthropic's structured outputs would refuse this schema; None when they would take it."""
    return _vendor_limits(json.dumps(schema, sort_keys=True))


@lru_cache(maxsize=256)
def _vendor_limits(text: str) -> str | None:
    schema = json.loads(text)
    found = next(_walk_limits(schema, schema, (), "schema"), None)
    if found:
        return found
    optional = sum(len(set(s.get("properties", {})) - set(s.get("required", []))) for s in _parts(schema))
    unions = sum(1 for s in _parts(schema) if "anyOf" in s or isinstance(s.get("type"), list))
    if optional > 24:
        return f"schema: {optional} optional parameters, at most 24"
    return f"schema: {unions} union parameters, at most 16" if unions > 16 else None


def _walk_limits(schema: Schema, root: Schema, seen: tuple[str, ...], path: str) -> Iterator[str]:
    if "$ref" in schema:
        name = schema["$ref"]
        if name in seen:
            yield f"{path}: recursive schemas are not supported"
            return
        yield from _walk_limits(resolve(schema, root), root, (*seen, name), path)
        return
    if schema.get("type") == "object" and schema.get("additionalProperties") is not False:
        yield f"{path}: for 'object' type, 'additionalProperties' must be explicitly set to false"
    for word in _UNSUPPORTED:
        if word in schema:
            yield f"{path}: property '{word}' is not supported"
    if schema.get("minItems", 0) > 1:
        yield f"{path}: 'minItems' must be 0 or 1"
    for name, part in schema.get("properties", {}).items():
        yield from _walk_limits(part, root, seen, f"{path}.{name}")
    if isinstance(schema.get("items"), dict):
        yield from _walk_limits(schema["items"], root, seen, f"{path}[]")
    for index, part in enumerate(schema.get("anyOf", [])):
        yield from _walk_limits(part, root, seen, f"{path}.anyOf[{index}]")


def _parts(node: Any) -> Iterator[Schema]:
    if isinstance(node, dict):
        yield node
        for value in node.values():
            yield from _parts(value)
    if isinstance(node, list):
        for value in node:
            yield from _parts(value)


def _object_misfits(value: Schema, schema: Schema, root: Schema, path: str) -> Iterator[str]:
    properties = schema["properties"]
    for name in schema.get("required", []):
        if name not in value:
            yield f"{path}.{name}: missing"
    for name, item in value.items():
        if name in properties:
            yield from misfits(item, properties[name], root, f"{path}.{name}")
        elif schema.get("additionalProperties") is False:
            yield f"{path}.{name}: unknown property"


def _has_enum(schema: Schema, root: Schema) -> bool:
    schema = resolve(schema, root)
    return "enum" in schema or any(_has_enum(branch, root) for branch in schema.get("anyOf", []))
