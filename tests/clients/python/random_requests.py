"""Sends a worker requests at random, made from its own document by Schemathesis, and looks whether it bears them.

WORKER, WORKER_PID, SIMULATOR and WORK are told by the environment.
"""

import os
import re
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from urllib.parse import quote

import requests

import random_hooks

WORKER = os.environ["WORKER"]
ANSWERS = Path(os.environ["WORK"]) / "answers.txt"
REQUESTS_MIN = 1000
# A change writes to Kafka, one after the other; nothing else waits.
ANSWER_S_MAX = 30
# What stays after a thousand requests, when all connectors are gone: 16 and 23 MiB in two runs of a debug build that had 48
# before, which threads and clients of Kafka keep for the next use. 64 KiB that each request leaves behind would be seen.
MEMORY_MIB_MAX = 64
# Of all operations, at most so many were only refused, which ones by what was drawn; check.py does well with each of them.
NEVER_WELL_MAX = 8
# Settings have rules of their own, so that not everything that has the form of settings is taken.
UNTRUE = "positive_data_acceptance"


def rss_mib():
    status = Path(f"/proc/{os.environ['WORKER_PID']}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+) kB", status)[1]) / 1024


def levels():
    return {name: one["level"] for name, one in requests.get(f"{WORKER}/admin/loggers").json().items()}


def clear():
    for name in requests.get(f"{WORKER}/connectors").json():
        gone = requests.delete(f"{WORKER}/connectors/{quote(name, safe='')}", timeout=60)
        assert gone.status_code == 204, (name, gone.text)


def main():
    before = levels()
    for name, config in [("random-source", random_hooks.SOURCE), ("random-kpi", random_hooks.PROCESSOR)]:
        requests.put(f"{WORKER}/connectors/{name}/config", json=config).raise_for_status()
    begun, first = time.monotonic(), rss_mib()
    tool = Path(sys.executable).parent / "schemathesis"
    said = subprocess.run(
        [tool, "run", f"{WORKER}/openapi.json", "--seed", "20260101", "--max-examples", "20", "--workers", "1",
         "--phases", "coverage,fuzzing,stateful", "--mode", "all", "--checks", "all", "--exclude-checks", UNTRUE,
         "--continue-on-failure", "--no-shrink", "--suppress-health-check", "all", "--warnings", "off",
         "--request-timeout", str(ANSWER_S_MAX), "--no-color"],
        env={**os.environ, "SCHEMATHESIS_HOOKS": "random_hooks", "ANSWERS": str(ANSWERS),
             "PYTHONPATH": os.path.dirname(os.path.abspath(__file__))},
        cwd=os.environ["WORK"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    (Path(os.environ["WORK"]) / "schemathesis.log").write_text(said.stdout)
    took, last = time.monotonic() - begun, rss_mib()
    for name, level in before.items():
        requests.put(f"{WORKER}/admin/loggers/{name}", json={"level": level}, timeout=10).raise_for_status()
    clear()
    time.sleep(3)
    grown = rss_mib() - first

    answers = [line.rsplit(" ", 2) for line in ANSWERS.read_text(encoding="utf-8").splitlines()]
    statuses = Counter(status for _, status, _ in answers)
    slowest = max(float(elapsed) for _, _, elapsed in answers)
    print(f"   {len(answers)} requests in {took:.0f} s, slowest {slowest:.1f} s, memory {first:.0f} MiB, "
          f"then {last:.0f}, without connectors {grown:+.0f}")
    print("   " + ", ".join(f"{status}: {count}" for status, count in sorted(statuses.items())))
    assert said.returncode == 0, said.stdout
    assert REQUESTS_MIN <= len(answers), len(answers)
    assert not any(status.startswith("5") for status in statuses), statuses
    # Otherwise only refusals would have been looked at.
    well = {operation for operation, status, _ in answers if status.startswith("2")}
    document = requests.get(f"{WORKER}/openapi.json", timeout=10).json()
    all_of_it = {f"{method.upper()} {path}" for path, methods in document["paths"].items() for method in methods
                 if method != "parameters"}
    assert len(all_of_it - well) <= NEVER_WELL_MAX, all_of_it - well
    assert grown <= MEMORY_MIB_MAX, grown
    health = requests.get(f"{WORKER}/health", timeout=10)
    assert health.status_code == 200, health.text


if __name__ == "__main__":
    main()
