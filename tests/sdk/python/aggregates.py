"""Aggregates: handle times and handles by queue, medium, agent and half hour, held against what was drawn."""

from datetime import datetime

import PureCloudPlatformClientV2 as genesys

from conversations import interval
from shape import assert_known, assert_words_known
from simulator import Difference, same

PATH = "/api/v2/analytics/conversations/aggregates/query"
HALF_HOUR_MS = 1_800_000


def expected(simulator, name, value):
    """Count, sum, least and most of a session's value by queue, medium, agent and half hour of its end."""
    cells = {}
    for told in simulator.drawn().values():
        for session in told["sessions"]:
            if value(session) is not None:
                start = session["handled_at"] // HALF_HOUR_MS * HALF_HOUR_MS
                key = (session["queue_id"], told["media"], session["user_id"], start)
                cells.setdefault(key, []).append(value(session))
    if not cells:
        raise Difference(f"nothing was drawn of {name}")
    return {key: (len(all_), sum(all_), min(all_), max(all_)) for key, all_ in cells.items()}


def got(answer, metric):
    """The same from an answer."""
    cells = {}
    for result in answer.results:
        group = result.group
        for data in result.data:
            start = datetime.fromisoformat(data.interval.split("/")[0].replace("Z", "+00:00"))
            key = (group.get("queueId"), group["mediaType"], group.get("userId"), round(start.timestamp() * 1000))
            for one in data.metrics:
                if one.metric == metric:
                    stats = one.stats
                    cells[key] = (stats.count, int(stats.sum), int(stats.min), int(stats.max))
    return cells


def handle_times_by_half_hour(simulator):
    """Every handle time stands where and when it was emitted."""
    query = genesys.ConversationAggregationQuery()
    query.interval, query.granularity = interval(simulator), "PT30M"
    query.group_by, query.metrics = ["queueId", "mediaType", "userId"], ["tHandle", "nOffered"]
    answer = genesys.AnalyticsApi(simulator.client).post_analytics_conversations_aggregates_query(query)
    assert_words_known(answer)
    cells, true = got(answer, "tHandle"), expected(simulator, "tHandle", lambda session: session["handle_ms"])
    same("cells of handle times", sorted(cells, key=str), sorted(true, key=str))
    for key, stats in true.items():
        same(f"handle times of {key}", cells[key], stats)
    body = {"interval": interval(simulator), "granularity": "P1D", "groupBy": ["queueId"], "metrics": ["tHandle"]}
    assert_known(simulator.raw("POST", PATH, body), "ConversationAggregateQueryResponse")


def offered_in_all(simulator):
    """Without a granularity and groups there is one interval a medium; an offer is a stay in a queue."""
    body = {"interval": interval(simulator), "metrics": ["nOffered"]}
    answer = genesys.AnalyticsApi(simulator.client).post_analytics_conversations_aggregates_query(body)
    offered = {}
    for result in answer.results:
        (data,) = result.data
        (metric,) = data.metrics
        offered[result.group["mediaType"]] = metric.stats.count
    true = {}
    for told in simulator.drawn().values():
        if told["queues"]:
            true[told["media"]] = true.get(told["media"], 0) + len(told["queues"])
    same("offers by medium", offered, true)
