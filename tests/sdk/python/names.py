"""Names: each list page by page; whatever id a conversation carries has one, unless it was meant to have none."""

import PureCloudPlatformClientV2 as genesys

from shape import assert_known, assert_words_known
from simulator import Difference, same

PAGES_MAX = 50
QUEUES = ["Billing", "Orders", "QA_Review", "Retention", "Sales", "System_Health", "Technical Support",
          "Training_Simulation"]
CODES = ["Callback Scheduled", "Follow Up", "ININ-WRAP-UP-TIMEOUT", "Issue Resolved", "Test Call"]


def listed(simulator, ask, path, model, page_size, **more):
    """Every entity of a list by id, and that the pages are numbered and counted as they should be."""
    entities, total = {}, None
    for number in range(1, PAGES_MAX):
        page = ask(page_size=page_size, page_number=number, **more)
        assert_words_known(page)
        assert_known(simulator.raw("GET", f"{path}?pageSize={page_size}&pageNumber={number}"), model)
        same(f"{path} page", (page.page_number, page.page_size), (number, page_size))
        total = page.total
        same(f"{path} pages", page.page_count, -(-total // page_size))
        entities.update((one.id, one) for one in page.entities)
        if not page.next_uri:
            break
    same(f"{path} entities", len(entities), total)
    return entities


def queues(simulator):
    """Queues have names and service levels, and every queue of a conversation is among them."""
    routing = genesys.RoutingApi(simulator.client)
    found = listed(simulator, routing.get_routing_queues, "/api/v2/routing/queues", "QueueEntityListing", 3)
    same("queues", sorted(one.name for one in found.values()), QUEUES)
    for one in found.values():
        level = one.media_settings.call.service_level
        same(f"{one.name} service level", (level.percentage, level.duration_ms % 10_000), (0.8, 0))
        if one.acw_settings.wrapup_prompt is None or one.acw_settings.timeout_ms is None:
            raise Difference(f"{one.name} has no after-call work settings")
    asked = {queue for told in simulator.drawn().values() for queue in told["queues"]}
    same("queues without a name", sorted(asked - set(found)), [])
    name = sorted(found)[0]
    (only,) = routing.get_routing_queues(id=[name]).entities
    same("queue by id", (only.id, only.name), (name, found[name].name))


def wrapup_codes(simulator):
    """Wrap-up codes; one that was deleted is still carried by conversations, and no list has it."""
    routing = genesys.RoutingApi(simulator.client)
    path = "/api/v2/routing/wrapupcodes"
    found = listed(simulator, routing.get_routing_wrapupcodes, path, "WrapupCodeEntityListing", 2)
    same("wrap-up codes", sorted(one.name for one in found.values()), CODES)
    sessions = [session for told in simulator.drawn().values() for session in told["sessions"]]
    carried = {session["wrapup_code"] for session in sessions if session["wrapup_code"]}
    same("codes without a name", len(carried - set(found)), 1)


def users(simulator):
    """Users, active or not; every agent of a conversation is among them."""
    ask = genesys.UsersApi(simulator.client).get_users
    found = listed(simulator, ask, "/api/v2/users", "UserEntityListing", 25, state="any")
    agents = {session["user_id"] for told in simulator.drawn().values() for session in told["sessions"]}
    same("agents without a name", sorted(agents - set(found)), [])
    for one in found.values():
        if not one.name or not one.email or one.state not in ("active", "inactive", "deleted"):
            raise Difference(f"a user without name, address or state: {one.to_dict()}")


def skills_and_languages(simulator):
    """Skills and languages."""
    routing = genesys.RoutingApi(simulator.client)
    path = "/api/v2/routing/skills"
    found = listed(simulator, routing.get_routing_skills, path, "SkillEntityListing", 3)
    same("skills", sorted(one.name for one in found.values()), ["Contracts", "Hardware", "Mobile", "Refunds"])
    path = "/api/v2/routing/languages"
    found = listed(simulator, routing.get_routing_languages, path, "LanguageEntityListing", 2)
    same("languages", sorted(one.name for one in found.values()), ["English", "French", "German"])
