"""Conversation jobs: submit, poll, read to the last cursor, cancel; and how far the lake is that they read."""

import time

import PureCloudPlatformClientV2 as genesys

from conversations import compare_all, interval
from shape import assert_known, assert_words_known
from simulator import Difference, ms, same

JOBS_PATH = "/api/v2/analytics/conversations/details/jobs"
PAGE_SIZE = 100
PAGES_MAX = 200
# A job here is done in seconds.
POLLS_MAX = 240


def submitted(simulator):
    """A job over all of the history."""
    query = genesys.AsyncConversationQuery()
    query.interval, query.order, query.order_by = interval(simulator), "asc", "conversationStart"
    job = genesys.AnalyticsApi(simulator.client).post_analytics_conversations_details_jobs(query)
    if not job.job_id:
        raise Difference("a job without an id")
    return job.job_id


def fulfilled(simulator, job_id):
    """Polls until the job is done; fails when it ends otherwise."""
    analytics = genesys.AnalyticsApi(simulator.client)
    for _ in range(POLLS_MAX):
        status = analytics.get_analytics_conversations_details_job(job_id)
        assert_words_known(status)
        assert_known(simulator.raw("GET", f"{JOBS_PATH}/{job_id}"), "AsyncQueryStatus")
        if status.state not in ("QUEUED", "PENDING"):
            same("state of the job", (status.state, status.error_message), ("FULFILLED", None))
            same("dates in order", status.submission_date <= status.completion_date < status.expiration_date, True)
            return
        time.sleep(0.25)
    raise Difference("a job that does not end")


def to_the_last_cursor(simulator):
    """A job gives every conversation once, whole; the last page has no cursor."""
    analytics, drawn = genesys.AnalyticsApi(simulator.client), simulator.drawn()
    job_id = submitted(simulator)
    fulfilled(simulator, job_id)
    path = f"{JOBS_PATH}/{job_id}/results"
    read, more, pages = [], {}, 0
    for _ in range(PAGES_MAX):
        page = analytics.get_analytics_conversations_details_job_results(job_id, page_size=PAGE_SIZE, **more)
        assert_words_known(page)
        read.extend(page.conversations or [])
        pages += 1
        if ms(page.data_availability_date) is None:
            raise Difference("a page that does not say how far the lake is")
        if not page.cursor:
            break
        more = {"cursor": page.cursor}
    compare_all(read, drawn, "job")
    same("pages of the job", pages, -(-len(drawn) // PAGE_SIZE))
    asked = [asked for asked in simulator.requests() if asked[0] == path]
    same("requests for results", asked, [(path, 200)] * pages)
    assert_known(simulator.raw("GET", f"{path}?pageSize=1000"), "AnalyticsConversationAsyncQueryResponse")


def cancelled(simulator):
    """A job that was deleted is gone."""
    analytics = genesys.AnalyticsApi(simulator.client)
    job_id = submitted(simulator)
    analytics.delete_analytics_conversations_details_job(job_id)
    try:
        analytics.get_analytics_conversations_details_job(job_id)
    except genesys.rest.ApiException as refusal:
        same("status of a deleted job", refusal.status, 404)
        return
    raise Difference("a deleted job is still there")


def availability(simulator):
    """The lake is behind the platform's present, by a day at most."""
    answer = genesys.AnalyticsApi(simulator.client).get_analytics_conversations_details_jobs_availability()
    assert_known(simulator.raw("GET", f"{JOBS_PATH}/availability"), "DataAvailabilityResponse")
    behind_ms = time.time() * 1000 - ms(answer.data_availability_date)
    same("the lake is no more than a day behind", -5_000 <= behind_ms <= 86_405_000, True)
