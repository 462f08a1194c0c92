"""The login: client credentials, and what a client without them is told."""

import PureCloudPlatformClientV2 as genesys

from shape import assert_known
from simulator import Difference, Simulator, same


def client_credentials(simulator):
    """The SDK logs in at the same address as it asks, and its token is good."""
    logged_in = simulator.log_in()
    same("the login's path", simulator.requests()[-1], ("/oauth/token", 200))
    if not logged_in.access_token:
        raise Difference("a login without a token")


def a_wrong_secret(simulator):
    """A wrong secret is refused."""
    try:
        Simulator(simulator.base, secret="wrong").log_in()
    except genesys.rest.ApiException as refusal:
        same("status of the refusal", refusal.status in (400, 401), True)
        same("names the reason", "invalid_client" in refusal.body, True)
        return
    raise Difference("a wrong secret was taken")


def without_a_token(simulator):
    """A request without a login is refused with the platform's error body and its correlation id."""
    import json

    stranger = Simulator(simulator.base)
    stranger.client.access_token = "made-up"
    try:
        genesys.RoutingApi(stranger.client).get_routing_queues()
    except genesys.rest.ApiException as refusal:
        body = json.loads(refusal.body)
        assert_known(body, "ErrorBody")
        same("status of the refusal", (refusal.status, body["status"], body["code"]), (401, 401, "bad.credentials"))
        same("its correlation id", refusal.headers["ININ-Correlation-Id"], body["contextId"])
        return
    raise Difference("a made-up token was taken")
