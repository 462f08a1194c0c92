"""Runs the official Python SDK into the faults of ../faults.toml; ends with 1 at the first difference.

    faults.py http://127.0.0.1:PORT
"""

import json
import sys

import PureCloudPlatformClientV2 as genesys

from shape import assert_known
from simulator import Difference, Simulator, same


def refused(ask, status, code):
    """Asks, and wants a refusal with the platform's error body, whose context is the answer's correlation id."""
    try:
        ask()
    except genesys.rest.ApiException as refusal:
        body = json.loads(refusal.body)
        assert_known(body, "ErrorBody")
        same("refusal", (refusal.status, body["status"], body["code"]), (status, status, code))
        same("its correlation id", refusal.headers["ININ-Correlation-Id"], body["contextId"])
        for name in ("inin-ratelimit-count", "inin-ratelimit-allowed", "inin-ratelimit-reset"):
            same(f"{name} is a number", refusal.headers[name].isdigit(), True)
        return refusal
    raise Difference(f"no refusal with {status}")


def statuses(simulator, path):
    """What was answered at a path, in order."""
    return [status for asked, status in simulator.requests() if asked == path]


def main():
    """Each fault, and that the next request is answered."""
    simulator = Simulator(sys.argv[1])
    simulator.log_in()
    routing = genesys.RoutingApi(simulator.client)
    try:
        # The SDK waits for what Retry-After says, and asks again by itself.
        same("skills after 429 with Retry-After", len(routing.get_routing_skills().entities), 4)
        same("requests for skills", statuses(simulator, "/api/v2/routing/skills"), [429, 200])
        throttled = refused(routing.get_routing_languages, 429, "too.many.requests.retry.after")
        same("Retry-After", throttled.headers.get("Retry-After"), None)
        same("languages after 429", len(routing.get_routing_languages().entities), 3)
        refused(routing.get_routing_wrapupcodes, 503, "service.unavailable")
        same("codes after 503", len(routing.get_routing_wrapupcodes().entities), 5)
        refused(routing.get_routing_queues, 401, "bad.credentials")
        # The token is gone for good; a new login helps.
        refused(routing.get_routing_queues, 401, "bad.credentials")
        simulator.log_in()
        same("queues after a new login", len(routing.get_routing_queues().entities), 8)
    except Difference as difference:
        print(f"FAILED faults: {difference}", file=sys.stderr)
        return 1
    print("the Python SDK met every fault")
    return 0


if __name__ == "__main__":
    sys.exit(main())
