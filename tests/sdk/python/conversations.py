"""Conversations: the details query to its last page, one and several by id, each held against what was drawn."""

from datetime import datetime, timedelta, timezone

import PureCloudPlatformClientV2 as genesys

from shape import assert_known, assert_words_known
from simulator import Difference, ms, same

PAGE_SIZE = 100
QUERY_PATH = "/api/v2/analytics/conversations/details/query"
# More than any history of these checks has.
PAGES_MAX = 200


def interval(simulator):
    """An interval over all of the history, and over the conversations' ends."""
    first, last = simulator.clock()
    over = datetime.fromisoformat(last.replace("Z", "+00:00")) + timedelta(days=1)
    return f"{first}/{over.astimezone(timezone.utc).strftime('%Y-%m-%dT%H:%M:%S.000Z')}"


def compare(read, drawn):
    """One conversation as the SDK gives it with the one that was drawn."""
    name = drawn["id"]
    same(f"{name} start", ms(read.conversation_start), drawn["start"])
    same(f"{name} end", ms(read.conversation_end), drawn["end"])
    same(f"{name} direction", read.originating_direction, "outbound" if drawn["outbound"] else "inbound")
    by_purpose = {}
    for participant in read.participants:
        by_purpose.setdefault(participant.purpose, []).append(participant)
    same(f"{name} customers", len(by_purpose.get("customer", [])), 1)
    same(f"{name} queues", sorted(map(queue_of, by_purpose.get("acd", []))), sorted(drawn["queues"]))
    agents = sorted((agent_of(one, drawn["media"]) for one in by_purpose.get("agent", [])), key=str)
    expected = sorted((expected_of(one) for one in drawn["sessions"]), key=str)
    same(f"{name} agents", agents, expected)


def queue_of(participant):
    """The queue of a stay in one."""
    (session,) = participant.sessions
    (queue,) = {segment.queue_id for segment in session.segments}
    return queue


def agent_of(participant, media):
    """What an agent did, from the SDK's fields alone."""
    (session,) = participant.sessions
    same(f"{participant.participant_id} media", session.media_type, media)
    totals = {}
    for metric in session.metrics or []:
        totals[metric.name] = totals.get(metric.name, 0) + metric.value
    queues = {segment.queue_id for segment in session.segments}
    codes = {segment.wrap_up_code for segment in session.segments if segment.segment_type == "wrapup"}
    if 1 < len(queues) or 1 < len(codes):
        raise Difference(f"{participant.participant_id}: queues {queues}, codes {codes}")
    for segment in session.segments:
        if ms(segment.segment_end) is None or ms(segment.segment_end) < ms(segment.segment_start):
            raise Difference(f"{participant.participant_id}: a segment that does not end: {segment.to_dict()}")
    return {
        "user_id": participant.user_id,
        "queue_id": next(iter(queues)),
        "handle_ms": totals.get("tHandle"),
        "hold_ms": totals.get("tHeld", 0),
        "acw_ms": totals.get("tAcw"),
        "wrapup_code": next(iter(codes), None),
    }


def expected_of(session):
    """What was drawn, in the same form."""
    fields = ("user_id", "queue_id", "handle_ms", "hold_ms", "acw_ms", "wrapup_code")
    return {field: session[field] for field in fields}


def compare_all(read, drawn, what):
    """Conversations read with all that were drawn; each must be there once."""
    ids = [one.conversation_id for one in read]
    same(f"{what}: conversations read", len(ids), len(drawn))
    same(f"{what}: their ids", sorted(ids), sorted(drawn))
    for one in read:
        compare(one, drawn[one.conversation_id])


def query_to_the_last_page(simulator):
    """The details query gives every conversation once, whole, over as many pages as there must be."""
    analytics, drawn = genesys.AnalyticsApi(simulator.client), simulator.drawn()
    before = len([asked for asked in simulator.requests() if asked[0] == QUERY_PATH])
    read, hits = [], None
    for number in range(1, PAGES_MAX):
        body = {
            "interval": interval(simulator),
            "order": "asc",
            "orderBy": "conversationStart",
            "paging": {"pageSize": PAGE_SIZE, "pageNumber": number},
        }
        answer = analytics.post_analytics_conversations_details_query(body)
        assert_words_known(answer)
        same("total hits", answer.total_hits, len(drawn))
        hits = answer.total_hits
        read.extend(answer.conversations)
        if hits <= number * PAGE_SIZE:
            break
    compare_all(read, drawn, "details query")
    starts = [ms(one.conversation_start) for one in read]
    same("order", starts, sorted(starts))
    asked = [asked for asked in simulator.requests() if asked[0] == QUERY_PATH][before:]
    same("requests", asked, [(QUERY_PATH, 200)] * -(-hits // PAGE_SIZE))


def query_as_models_say(simulator):
    """A query made of the SDK's own models, filtered; and every field on the wire is one that the SDK knows."""
    drawn = simulator.drawn()
    voice = [one for one in drawn.values() if one["media"] == "voice"]
    predicate = genesys.SegmentDetailQueryPredicate()
    predicate.dimension, predicate.value = "mediaType", "voice"
    filter_of = genesys.SegmentDetailQueryFilter()
    filter_of.type, filter_of.predicates = "and", [predicate]
    paging = genesys.PagingSpec()
    paging.page_size, paging.page_number = 1, 1
    query = genesys.ConversationQuery()
    query.interval, query.paging, query.segment_filters = interval(simulator), paging, [filter_of]
    answer = genesys.AnalyticsApi(simulator.client).post_analytics_conversations_details_query(query)
    same("voice conversations", (answer.total_hits, len(answer.conversations)), (len(voice), 1))
    for number in range(1, 1 + -(-len(drawn) // PAGE_SIZE)):
        body = {"interval": interval(simulator), "paging": {"pageSize": PAGE_SIZE, "pageNumber": number}}
        raw = simulator.raw("POST", QUERY_PATH, body)
        assert_known(raw, "AnalyticsConversationQueryResponse")


def by_id(simulator):
    """One conversation by its id, and several."""
    analytics, drawn = genesys.AnalyticsApi(simulator.client), simulator.drawn()
    ids = sorted(drawn)[:25]
    one = analytics.get_analytics_conversation_details(ids[0])
    compare(one, drawn[ids[0]])
    several = analytics.get_analytics_conversations_details(id=ids)
    compare_all(several.conversations, {name: drawn[name] for name in ids}, "by ids")


def an_interval_that_is_too_long(simulator):
    """More than 31 days are refused with the platform's error body."""
    body = {"interval": "2026-01-01T00:00:00.000Z/2026-03-01T00:00:00.000Z"}
    try:
        genesys.AnalyticsApi(simulator.client).post_analytics_conversations_details_query(body)
    except genesys.rest.ApiException as refusal:
        same("status of the refusal", refusal.status, 400)
        same("names the 31 days", "31 days" in refusal.body, True)
        return
    raise Difference("59 days were answered")
