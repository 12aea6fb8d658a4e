"""Judges the parameters of our Stripe client by the types of Stripe's own Python library.

The argument is a file with what `cargo run --package tollgate-stripe --example parameters` prints.
Names that the library does not know, values of another type and required parameters that are
missing are reported, one a line. Values of an open set must be among those that the library names.
"""

import json
import sys
import types
import typing
from decimal import Decimal

import stripe
import stripe.params
import typing_extensions

UNION = (typing.Union, types.UnionType)
LITERAL = (typing.Literal, typing_extensions.Literal)
MARKS = (typing_extensions.NotRequired, typing_extensions.Required, typing_extensions.Annotated)


def named(name):
    """The type of this name, of the parameters or of the objects."""
    place = stripe.params
    for part in name.split("."):
        if not hasattr(place, part):
            return getattr(stripe, part)
        place = getattr(place, part)
    return place


def fields(of):
    """The fields of a type that are sent; what is only said to the library is left out."""
    library = set(stripe.RequestOptions.__annotations__) if of.__module__.startswith("stripe.params") else set()
    return {name: hint for name, hint in of.__annotations__.items() if name not in library}


def is_required(hint):
    text = getattr(hint, "__forward_arg__", None) or str(hint)
    return "NotRequired" not in text.split("[")[0]


def resolve(hint, names):
    if isinstance(hint, typing.ForwardRef):
        hint = hint.__forward_arg__
        return resolve(eval(hint, dict(names)), names)
    if isinstance(hint, str):
        return resolve(eval(hint, dict(names)), names)
    origin = typing.get_origin(hint)
    if origin in MARKS:
        return resolve(typing.get_args(hint)[0], names)
    if origin in UNION:
        return ("any of", [resolve(part, names) for part in typing.get_args(hint)])
    if origin in LITERAL:
        return ("one of", typing.get_args(hint))
    if origin is list:
        return ("list of", resolve(typing.get_args(hint)[0], names))
    if origin is dict:
        return ("map of", resolve(typing.get_args(hint)[1], names))
    return hint


def is_open(hint):
    """Whether text is allowed only because Stripe may add to the values that are named."""
    return any(isinstance(part, tuple) and part[0] == "one of" and part[1] != ("",) for part in hint)


def faults(value, hint, path):
    """What is wrong with a value, nothing when nothing is."""
    if isinstance(hint, tuple):
        kind, inner = hint
        if kind == "one of":
            return [] if value in inner else [f"{path}: {value!r} is none of {inner}"]
        if kind == "list of":
            if not isinstance(value, list):
                return [f"{path}: {value!r} is no list"]
            return [
                fault
                for place, item in enumerate(value)
                for fault in faults(item, inner, f"{path}[{place}]")
            ]
        if kind == "map of":
            if not isinstance(value, dict):
                return [f"{path}: {value!r} is no map"]
            return [
                fault for name, item in value.items() for fault in faults(item, inner, f"{path}[{name}]")
            ]
        # Any of several: text must be one of the named values where there are such.
        choices = [part for part in inner if not (part is str and is_open(inner))]
        tried = [faults(value, part, path) for part in choices]
        if any(not one for one in tried):
            return []
        return min(tried, key=len) if tried else [f"{path}: {value!r} is nothing of it"]
    if typing_extensions.is_typeddict(hint):
        if not isinstance(value, dict):
            return [f"{path}: {value!r} is no structure"]
        return structure(value, hint, path)
    if hint in (str, Decimal):
        return [] if isinstance(value, str) else [f"{path}: {value!r} is no text"]
    if hint is bool:
        return [] if isinstance(value, bool) else [f"{path}: {value!r} is neither true nor false"]
    if hint is int:
        whole = isinstance(value, int) and not isinstance(value, bool)
        return [] if whole else [f"{path}: {value!r} is no whole number"]
    return [f"{path}: {value!r} is not {hint!r}"]


def structure(value, of, path, is_part=False):
    known = fields(of)
    names = vars(sys.modules[of.__module__])
    found = []
    for field, inner in value.items():
        if field in known:
            found += faults(inner, resolve(known[field], names), f"{path}.{field}")
        else:
            found.append(f"{path}: there is no {field}")
    if not is_part and typing_extensions.is_typeddict(of):
        required = {field for field, hint in known.items() if is_required(hint)}
        found += [f"{path}: {field} is required" for field in sorted(required - value.keys())]
    return found


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        calls = json.load(file)
    failed = 0
    for call in calls:
        name = call["type"]
        found = structure(call["params"], named(name), name, call.get("is_part", False))
        failed += bool(found)
        for fault in found:
            print(fault)
    print(f"{len(calls)} calls beside stripe {stripe.VERSION}, version {stripe.api_version} of the API")
    passed = len(calls) - failed
    print(f"test result: {'FAILED' if failed else 'ok'}. {passed} passed; {failed} failed; 0 ignored")
    sys.exit(1 if failed else 0)


main()
