"""What requests at random are made of: besides anything, names that there are and settings that are sound.

Schemathesis loads this file. It writes each answer's method, path of the document and status to the file ANSWERS.
"""

import os
from zlib import crc32

import requests
import schemathesis
from schemathesis.core.parameters import ParameterLocation
from schemathesis.generation.meta import TestPhase

WORKER = os.environ["WORKER"]
SIMULATOR = os.environ["SIMULATOR"]
NAMES = ["random-source", "random-kpi", "posted-1", "posted-2"]
SOURCE = {
    "connector.class": "GenesysSource",
    "pipeline.name": "random",
    "genesys.api.url": SIMULATOR,
    "genesys.login.url": SIMULATOR,
    "genesys.client.id": "${env:GENESYS_CLIENT_ID}",
    "genesys.client.secret": "${env:GENESYS_CLIENT_SECRET}",
    "genesys.org.id": "acme",
    "extract.start": "2026-01-01T00:00:00Z",
    "extract.end": "2026-01-03T00:00:00Z",
}
PROCESSOR = {"connector.class": "HandleTimeProcessor", "pipeline.name": "random"}


# What is posted is made, told, and deleted again by what follows from it.
POSTED = [
    {"name": name, "config": {**PROCESSOR, "pipeline.name": name}, "initial_state": state}
    for name, state in [("posted-1", "RUNNING"), ("posted-2", "STOPPED"), ("posted-3", None)]
]


def or_any(sound):
    """Makes of a schema one that speaks of sound things too; what it takes stays the same."""
    return lambda schema: {"anyOf": [{"enum": sound}, schema]}


SOUND = {
    "CreateConnector": POSTED,
    "GivenConfig": [SOURCE, {**SOURCE, "extract.slice.ms": 3600000}, {**PROCESSOR, "tasks.max": 2}, {"kpi.zone": "Nowhere"}],
    "GivenOffsets": [{"offsets": [{"partition": {"org": "acme", "source_partition": "interactions"}, "offset": None}]}],
}
PARAMETERS = {
    "connector": NAMES,
    "plugin": ["GenesysSource", "HandleTimeProcessor", "io.example.GenesysSourceConnector"],
    "logger": ["root", "handletime", "handletime::connect", "handletime.kafka"],
    "task": [0, 1],
}


@schemathesis.hook
def before_load_schema(context, raw_schema):
    schemas = raw_schema["components"]["schemas"]
    for name, sound in SOUND.items():
        schemas[name] = or_any(sound)(schemas[name])


@schemathesis.hook
def before_call(context, case, kwargs):
    """Names something that there is in the path of every other request, unless the path is to be wrong or follows from
    an answer."""
    path = case.meta.components.get(ParameterLocation.PATH)
    if case.meta.phase.name == TestPhase.STATEFUL or (path and path.mode.is_negative):
        return
    for name, value in case.path_parameters.items():
        chance = crc32(f"{case.method}{case.path}{value}{case.body}".encode())
        if name in PARAMETERS and chance % 2:
            case.path_parameters[name] = PARAMETERS[name][chance // 2 % len(PARAMETERS[name])]


@schemathesis.hook
def after_call(context, case, response):
    with open(os.environ["ANSWERS"], "a", encoding="utf-8") as answers:
        print(case.method.upper(), case.path, response.status_code, f"{response.elapsed:.3f}", file=answers)
    if case.path == "/admin/loggers/{logger}" and case.method.upper() == "PUT" and response.status_code < 300:
        # Otherwise most of the time would be spent on writing the log.
        requests.put(f"{WORKER}/admin/loggers/root", json={"level": "INFO"}, timeout=10).raise_for_status()
