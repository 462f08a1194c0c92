"""Takes connectors through their whole life with the clients of Python: each does what it can, by its own code paths.

The worker and the simulator are told by the environment: WORKER, SIMULATOR.
"""

import json
import logging
import os
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import requests
from kafka_connect import KafkaConnect
from kafka_connect_api.errors import GenericNotFound
from kafka_connect_api.kafka_connect_api import Api, Cluster
from kafkaconnect.connect import Connect

WORKER = os.environ["WORKER"]
SIMULATOR = os.environ["SIMULATOR"]
# What takes a second on an idle machine.
LIMIT_S = 60

SOURCE = {
    "connector.class": "GenesysSource",
    "genesys.api.url": SIMULATOR,
    "genesys.login.url": SIMULATOR,
    "genesys.client.id": "${env:GENESYS_CLIENT_ID}",
    "genesys.client.secret": "${env:GENESYS_CLIENT_SECRET}",
    "genesys.org.id": "acme",
    "extract.start": "2026-01-01T00:00:00Z",
    "extract.end": "2026-01-03T00:00:00Z",
    "tasks.max": "1",
}
PROCESSOR = {"connector.class": "HandleTimeProcessor", "tasks.max": "2"}


def equal(got, expected):
    assert got == expected, f"expected {expected!r}, got {got!r}"


def wait(what, holds):
    """Waits until it holds, and gives what it gives then."""
    until = time.monotonic() + LIMIT_S
    while True:
        held = holds()
        if held:
            return held
        assert time.monotonic() < until, f"not within {LIMIT_S} s: {what}"
        time.sleep(0.1)


def refused(status, call, *words):
    """The client says that it was refused, and the worker has said why."""
    try:
        got = call()
    except requests.HTTPError as error:
        # This client raises for some answers what holds their text alone.
        told = error.response.json() if error.response is not None else json.loads(str(error))
        equal(told["error_code"], status)
        for word in words:
            assert word in told["message"], told
        return
    raise AssertionError(f"not refused: {got!r}")


def state(client, name):
    return client.get_connector_status(name)["connector"]["state"]


def runs(client, name, tasks):
    def look():
        status = client.get_connector_status(name)
        states = [status["connector"]["state"], *(task["state"] for task in status["tasks"])]
        return status if states == ["RUNNING"] * (tasks + 1) else None

    return wait(f"{name} runs", look)


def kafka_connect_py():
    """Everything but offsets, which this client does not know."""
    client = KafkaConnect(WORKER, logger=logging.getLogger("quiet"))
    info = client.get_cluster_info()
    assert set(info) == {"version", "commit", "kafka_cluster_id"} and info["kafka_cluster_id"], info
    assert all(part.isdigit() for part in info["version"].split(".")), info
    plugins = {plugin["class"]: plugin["type"] for plugin in client.list_connector_plugins()}
    equal(plugins, {"GenesysSource": "source", "HandleTimeProcessor": "sink"})

    # Checking: sound, unsound, of another class.
    equal(client.validate_connector_config("GenesysSource", {"name": "py", **SOURCE})["error_count"], 0)
    unsound = client.validate_connector_config("GenesysSource", {"name": "py", **SOURCE, "tasks.max": "x"})
    equal(unsound["error_count"], 1)
    wrong = [one["value"] for one in unsound["configs"] if one["value"]["errors"]]
    equal([value["name"] for value in wrong], ["tasks.max"])
    refused(400, lambda: client.validate_connector_config("HandleTimeProcessor", SOURCE), "does not match")

    # What is not there.
    for call in [
        lambda: client.get_connector("none"),
        lambda: client.get_connector_config("none"),
        lambda: client.get_connector_status("none"),
        lambda: client.list_connector_tasks("none"),
        lambda: client.get_connector_task_status("none", 0),
        lambda: client.restart_connector("none"),
        lambda: client.restart_connector_task("none", 0),
        lambda: client.pause_connector("none"),
        lambda: client.resume_connector("none"),
        lambda: client.stop_connector("none"),
        lambda: client.delete_connector("none"),
    ]:
        refused(404, call, "none")
    equal(client.list_connector_topics("none"), {"none": {"topics": []}})

    # Created once, and not twice; a secret that stands in the settings itself is refused and not repeated.
    created = client.create_connector({"name": "py-source", "config": SOURCE})
    equal(created["name"], "py-source")
    equal(created["config"], {"name": "py-source", **SOURCE})
    equal(created["type"], "source")
    refused(409, lambda: client.create_connector({"name": "py-source", "config": SOURCE}), "already exists")
    bare = {"name": "py-bare", "config": {**SOURCE, "genesys.client.secret": "hunter2"}}
    try:
        client.create_connector(bare)
        raise AssertionError("a secret was taken")
    except requests.HTTPError as error:
        assert error.response.status_code == 400 and "hunter2" not in error.response.text, error.response.text
    refused(400, lambda: client.create_connector({"name": "py-bad", "config": {**SOURCE, "tasks.max": "-1"}}), "tasks.max")

    client.update_connector("py-kpi", PROCESSOR)
    runs(client, "py-source", 1)
    runs(client, "py-kpi", 2)
    equal(client.get_connector_config("py-source"), {"name": "py-source", **SOURCE})
    equal(client.get_connector("py-kpi")["tasks"], [{"connector": "py-kpi", "task": task} for task in range(2)])
    equal([task["id"]["task"] for task in client.list_connector_tasks("py-kpi")], [0, 1])
    equal(client.get_connector_task_status("py-kpi", 1)["state"], "RUNNING")
    refused(404, lambda: client.get_connector_task_status("py-kpi", 7), "7")
    refused(404, lambda: client.restart_connector_task("py-kpi", 7), "7")

    # Lists, plain and told at length.
    equal(client.list_connectors(), ["py-kpi", "py-source"])
    equal(client.list_connectors(pattern="py-k"), ["py-kpi"])
    equal(client.list_connectors(state="running"), ["py-kpi", "py-source"])
    infos = client.list_connectors(expand="info")
    equal(infos["py-source"]["info"]["config"]["connector.class"], "GenesysSource")
    equal({name: one["status"]["type"] for name, one in client.list_connectors(expand="status").items()},
          {"py-kpi": "sink", "py-source": "source"})

    # Settings anew.
    changed = client.update_connector("py-source", {**SOURCE, "extract.slice.ms": 3600000})
    equal(changed["config"]["extract.slice.ms"], "3600000")
    runs(client, "py-source", 1)

    # Topics: used, forgotten.
    used = wait("topics are told", lambda: client.list_connector_topics("py-source")["py-source"]["topics"])
    assert any("interactions" in topic for topic in used), used
    client.reset_connector_topics("py-source")
    wait("topics are forgotten", lambda: not client.list_connector_topics("py-source")["py-source"]["topics"])

    # Started again: connector, parts of it, one task.
    equal(client.restart_connector("py-source"), None)
    told = client.restart_connector("py-source", include_tasks=True)
    assert told["name"] == "py-source" and told["connector"]["state"] in ("RESTARTING", "RUNNING"), told
    equal(client.restart_connector("py-source", include_tasks=True, only_failed=True)["name"], "py-source")
    client.restart_connector_task("py-kpi", 1)
    client.restart_all_connectors(include_tasks=True, pattern="py-")
    runs(client, "py-source", 1)
    runs(client, "py-kpi", 2)

    # Paused, going on, stopped.
    client.pause_connector("py-source")
    client.pause_connector("py-source")
    wait("py-source is paused", lambda: state(client, "py-source") == "PAUSED")
    equal(client.list_connectors(state="paused"), ["py-source"])
    client.resume_all_connectors(state="paused")
    runs(client, "py-source", 1)
    client.stop_connector("py-source")
    client.stop_connector("py-source")
    wait("py-source is stopped", lambda: state(client, "py-source") == "STOPPED")
    equal(client.get_connector("py-source")["tasks"], [])
    equal(client.get_connector_status("py-source")["tasks"], [])


def offsets():
    """None of the clients knows these, so they are asked for as Connect's documents have it."""
    client = KafkaConnect(WORKER, logger=logging.getLogger("quiet"))
    of = f"{WORKER}/connectors/py-source/offsets"
    known = requests.get(of).json()["offsets"]
    assert known and set(known[0]) == {"partition", "offset"}, known
    again = requests.patch(of, json={"offsets": known})
    equal((again.status_code, again.json()["message"]),
          (200, "The offsets for this connector have been altered successfully"))
    equal(requests.get(of).json()["offsets"], known)
    for body in [{}, {"offsets": []}, {"offsets": [{"partition": {"org": "other", "source_partition": "x"}}]},
                 {"offsets": [{"partition": {}, "offset": None}]},
                 {"offsets": [{**known[0], "offset": {"cursor": "yesterday"}}]}]:
        said = requests.patch(of, json=body)
        equal((said.status_code, said.json()["error_code"]), (400, 400))
    equal(requests.get(of).json()["offsets"], known)
    cleared = requests.delete(of)
    equal((cleared.status_code, cleared.json()["message"]),
          (200, "The offsets for this connector have been reset successfully"))
    equal(requests.get(of).json(), {"offsets": []})
    said = requests.delete(f"{WORKER}/connectors/py-kpi/offsets")
    assert said.status_code == 400 and "STOPPED" in said.json()["message"], said.text
    equal(requests.get(f"{WORKER}/connectors/none/offsets").status_code, 404)

    client.resume_connector("py-source")
    runs(client, "py-source", 1)
    said = requests.delete(of)
    assert said.status_code == 400 and "STOPPED" in said.json()["message"], said.text
    wait("it is read anew", lambda: requests.get(of).json()["offsets"])

    client.delete_all_connectors(pattern="py-")
    equal(client.list_connectors(), [])
    refused(404, lambda: client.get_connector("py-source"), "py-source")
    refused(404, lambda: client.get_connector_status("py-source"), "py-source")


def kafkaconnect():
    """Puts settings, and shows what it is answered as text."""
    client = Connect(WORKER)

    def read(text):
        return json.loads(text)

    equal({plugin["class"] for plugin in read(client.plugins())}, {"GenesysSource", "HandleTimeProcessor"})
    equal(client.info("kc"), f"Resource {WORKER}/connectors/kc not found.")
    equal(client.status("kc"), f"Resource {WORKER}/connectors/kc/status not found.")
    equal(client.remove("kc"), f"Resource {WORKER}/connectors/kc not found.")
    unsound = read(client.validate_and_create("kc", json.dumps({**SOURCE, "name": "kc", "tasks.max": "0"})))
    equal(unsound["error_count"], 1)
    equal(read(client.list()), [])
    created = read(client.validate_and_create("kc", json.dumps({**SOURCE, "name": "kc"})))
    equal(created["config"], {**SOURCE, "name": "kc"})
    equal(read(client.list()), ["kc"])
    wait("kc runs", lambda: read(client.status("kc"))["connector"]["state"] == "RUNNING")
    wait("kc has a task", lambda: [task["id"] for task in read(client.tasks("kc"))] == [{"connector": "kc", "task": 0}])
    equal(read(client.config("kc")), {**SOURCE, "name": "kc"})
    equal(set(read(client.topics("kc"))), {"kc"})
    equal(read(client.create_or_update("kc", json.dumps({**SOURCE, "extract.slice.ms": "7200000"})))["config"],
          {**SOURCE, "name": "kc", "extract.slice.ms": "7200000"})
    # Nothing comes back of these, not even of a wrong name; the state tells.
    equal(client.pause("kc"), "")
    wait("kc is paused", lambda: read(client.status("kc"))["connector"]["state"] == "PAUSED")
    equal(client.resume("kc"), "")
    wait("kc runs again", lambda: read(client.status("kc"))["connector"]["state"] == "RUNNING")
    equal(client.restart("kc"), "")
    equal(client.remove("kc"), "")
    equal(read(client.list()), [])


def connectmon():
    """Watches, tells a channel, and starts again what does not run. Its own command does it all, by its settings."""
    sent = []

    class Channel(BaseHTTPRequestHandler):
        def do_POST(self):
            sent.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.send_header("Content-Length", "1")
            self.end_headers()
            self.wfile.write(b"1")

        def log_message(self, *_):
            pass

    channel = HTTPServer(("127.0.0.1", 0), Channel)
    threading.Thread(target=channel.serve_forever, daemon=True).start()
    settings = Path(os.environ["WORK"]) / "connectmon.yml"
    settings.write_text(json.dumps({"channels": [{
        "name": "c", "type": "teams", "url": f"http://127.0.0.1:{channel.server_port}/",
        "actions": ["RESTART_FAILED", "RESUME_PAUSED_CONNECTORS"]}]}))
    os.environ.update(CONNECT_URL=WORKER, LOG_LEVEL="CRITICAL", CONFIG_PATH=str(settings))
    import connectmon.__main__ as command

    client = KafkaConnect(WORKER, logger=logging.getLogger("quiet"))
    client.update_connector("mon", SOURCE)
    client.update_connector("mon-paused", {**SOURCE, "pipeline.name": "other"})
    # The platform knows no such client.
    client.update_connector("mon-failed", {**SOURCE, "pipeline.name": "third", "genesys.client.id": "nobody"})
    runs(client, "mon", 1)
    runs(client, "mon-paused", 1)
    failed = wait("mon-failed fails", lambda: [
        task for task in client.get_connector_status("mon-failed")["tasks"] if task["state"] == "FAILED"])
    assert failed[0]["trace"] and "demo-secret" not in failed[0]["trace"], failed
    client.pause_connector("mon-paused")
    wait("mon-paused is paused", lambda: state(client, "mon-paused") == "PAUSED")

    monitor = command.API(WORKER)
    connectors = {one.name: one for one in monitor.get_all_connectors()}
    equal(set(connectors), {"mon", "mon-paused", "mon-failed"})
    assert connectors["mon"].is_running and connectors["mon"].tasks[0].is_running, connectors["mon"]
    assert connectors["mon-paused"].is_paused and connectors["mon-paused"].type == "source"
    assert connectors["mon-failed"].tasks[0].is_failed, connectors["mon-failed"]
    command.main()
    told = [fact["value"] for part in sent[0]["sections"] for fact in part["facts"]]
    equal((len(sent), sorted(told)), (1, ["Restarting task 0 for mon-failed", "Resuming mon-paused"]))
    runs(client, "mon-paused", 1)
    client.delete_connector("mon-failed")
    equal(monitor.restart_connector(connectors["mon"]).status_code, 204)
    equal(monitor.restart_task(connectors["mon"], connectors["mon"].tasks[0]).status_code, 204)
    runs(client, "mon", 1)
    equal(monitor.restart_failed_connectors_if_any(monitor.get_all_connectors()), [])
    client.delete_all_connectors(pattern="mon")
    channel.shutdown()


def kafka_connect_api():
    """Asks with a slash at the end, and knows loggers."""
    cluster = Cluster(Api(url=WORKER))
    assert cluster.version and cluster.kafka_cluster
    equal(cluster.connectors, {})
    KafkaConnect(WORKER, logger=logging.getLogger("quiet")).update_connector("api", SOURCE)
    connector = cluster.connectors["api"]
    assert connector.exists() and connector.connector_class == "GenesysSource"
    wait("api runs", lambda: connector.state == "RUNNING" and connector.tasks)
    task = connector.tasks[0]
    wait("its task runs", task.is_running)
    connector.config = {**SOURCE, "extract.slice.ms": "3600000"}
    equal(connector.config["extract.slice.ms"], "3600000")
    connector.cycle_connector()
    wait("it runs again", lambda: connector.state == "RUNNING" and task.is_running())
    equal(cluster.root_logger["level"] in ("INFO", "WARN", "ERROR", "DEBUG", "TRACE", "OFF"), True)
    before = cluster.root_logger["level"]
    cluster.root_logger = "DEBUG"
    equal(cluster.root_logger["level"], "DEBUG")
    cluster.root_logger = before
    connector.delete()
    assert_gone(connector)


def assert_gone(connector):
    try:
        connector.exists()
    except GenericNotFound:
        # This client raises before it looks at the status.
        return
    raise AssertionError("it is still there")


def main():
    for part in [kafka_connect_py, offsets, kafkaconnect, connectmon, kafka_connect_api]:
        begun = time.monotonic()
        part()
        print(f"   {part.__name__}: {time.monotonic() - begun:.1f} s", flush=True)


main()
