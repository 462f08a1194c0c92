"""The simulator as a test sees it: what was drawn, what was asked, raw answers, and the SDK pointed at it."""

import json
import urllib.request
from datetime import datetime, timezone

import PureCloudPlatformClientV2 as genesys


class Difference(Exception):
    """What the SDK gave is not what the simulator drew."""


def same(what, got, expected):
    """Fails with both sides unless they are equal."""
    if got != expected:
        raise Difference(f"{what}: the SDK gave {got!r}, drawn was {expected!r}")


def ms(at):
    """An instant as the SDK gives it, in milliseconds since 1970."""
    if at is None:
        return None
    if at.tzinfo is None:
        raise Difference(f"an instant without a zone: {at!r}")
    return round((at.astimezone(timezone.utc) - datetime(1970, 1, 1, tzinfo=timezone.utc)).total_seconds() * 1000)


class Simulator:
    """One running simulator."""

    def __init__(self, base, client_id="demo-client", secret="demo-secret"):
        self.base = base
        genesys.configuration.live_reload_config = False
        # Read when the client is made.
        genesys.configuration.host = base
        self.client = genesys.ApiClient()
        self.client_id, self.secret = client_id, secret

    def log_in(self):
        """Logs the SDK in with client credentials."""
        return self.client.get_client_credentials_token(self.client_id, self.secret)

    def raw(self, method, path, body=None):
        """An answer's JSON as it stands on the wire, asked for with the SDK's own token."""
        headers = {"Authorization": f"Bearer {self.client.access_token}", "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.base + path, data=data, headers=headers, method=method)
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)

    def lines(self, path):
        """The JSON lines of an endpoint that only tests ask."""
        with urllib.request.urlopen(self.base + path, timeout=60) as answer:
            return [json.loads(line) for line in answer.read().decode().splitlines()]

    def drawn(self):
        """All conversations as they were drawn, by id."""
        return {one["id"]: one for one in self.lines("/simulator/conversations")}

    def requests(self):
        """(path, status) of every request so far."""
        return [(asked["path"], asked["status"]) for asked in self.lines("/simulator/requests")]

    def clock(self):
        """The history's first and last instant, as texts."""
        with urllib.request.urlopen(self.base + "/simulator/clock", timeout=60) as answer:
            clock = json.load(answer)
        return clock["from"], clock["to"]
