"""Holds the JSON on the wire against the SDK's models: the SDK itself drops unknown fields without a word."""

import re

import PureCloudPlatformClientV2 as genesys

from simulator import Difference

# What the SDK puts in place of a word that its enumeration does not have.
OUTDATED = "outdated_sdk_version"


def assert_known(raw, model, where=""):
    """Fails when `raw` has a field that the model does not know, or a value of another JSON type than the model says."""
    if raw is None:
        return
    if listed := re.fullmatch(r"list\[(.*)\]", model):
        expect(isinstance(raw, list), where, model, raw)
        for one in raw:
            assert_known(one, listed.group(1), where + "[]")
    elif mapped := re.fullmatch(r"dict\(str, (.*)\)", model):
        expect(isinstance(raw, dict), where, model, raw)
        for key, one in raw.items():
            assert_known(one, mapped.group(1), f"{where}.{key}")
    elif model in PLAIN:
        expect(PLAIN[model](raw), where, model, raw)
    elif model != "object":
        assert_fields_known(raw, model, where)


def assert_fields_known(raw, model, where):
    """The fields of one model."""
    expect(isinstance(raw, dict), where, model, raw)
    made = getattr(genesys, model)()
    types = {json_name: made.swagger_types[name] for name, json_name in made.attribute_map.items()}
    for name, one in raw.items():
        if name not in types:
            raise Difference(f"{model} has no field {where}.{name}")
        if one is None:
            # The SDK stumbles over a null enumeration; the platform leaves fields out.
            raise Difference(f"{where}.{name} is null")
        assert_known(one, types[name], f"{where}.{name}")


def expect(good, where, model, raw):
    """Fails unless `good`."""
    if not good:
        raise Difference(f"{where} is no {model}: {raw!r}")


INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,3})?Z")
PLAIN = {
    "str": lambda raw: isinstance(raw, str),
    "bool": lambda raw: isinstance(raw, bool),
    "int": lambda raw: isinstance(raw, int) and not isinstance(raw, bool),
    "float": lambda raw: isinstance(raw, (int, float)) and not isinstance(raw, bool),
    "datetime": lambda raw: isinstance(raw, str) and INSTANT.fullmatch(raw) is not None,
}


def assert_words_known(deserialized):
    """Fails when an enumeration of the SDK did not know a word."""
    text = str(deserialized.to_dict())
    if OUTDATED in text:
        at = text.index(OUTDATED)
        raise Difference(f"a word that the SDK does not know: …{text[max(0, at - 200) : at + 40]}…")
