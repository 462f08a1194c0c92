// Conversations: the details query to its last page, one and several by id, each held against what was drawn.
'use strict';

const { Difference, genesys, ms, refusal, same } = require('./simulator');

const PAGE_SIZE = 100;
const QUERY_PATH = '/api/v2/analytics/conversations/details/query';
// More than any history of these checks has.
const PAGES_MAX = 200;

const sorted = (list) => list.map((one) => JSON.stringify(one)).sort();

/** What an agent did, from the answer's fields alone. */
function agentOf(participant, media) {
  const [session] = participant.sessions;
  same(`${participant.participantId} media`, session.mediaType, media);
  const totals = {};
  for (const metric of session.metrics ?? []) totals[metric.name] = (totals[metric.name] ?? 0) + metric.value;
  const wraps = session.segments.filter((segment) => segment.segmentType === 'wrapup');
  for (const segment of session.segments) {
    if (ms(segment.segmentEnd) < ms(segment.segmentStart)) throw new Difference(JSON.stringify(segment));
  }
  return {
    user_id: participant.userId,
    queue_id: session.segments[0].queueId ?? null,
    handle_ms: totals.tHandle ?? null,
    hold_ms: totals.tHeld ?? 0,
    acw_ms: totals.tAcw ?? null,
    wrapup_code: wraps[0]?.wrapUpCode ?? null,
  };
}

/** One conversation as the SDK gives it with the one that was drawn. */
function compare(read, drawn) {
  const name = drawn.id;
  same(`${name} start`, ms(read.conversationStart), drawn.start);
  same(`${name} end`, ms(read.conversationEnd), drawn.end);
  same(`${name} direction`, read.originatingDirection, drawn.outbound ? 'outbound' : 'inbound');
  const of = (purpose) => read.participants.filter((participant) => participant.purpose === purpose);
  same(`${name} customers`, of('customer').length, 1);
  same(`${name} queues`, of('acd').map((one) => one.sessions[0].segments[0].queueId).sort(), [...drawn.queues].sort());
  const agents = of('agent').map((one) => agentOf(one, drawn.media));
  const expected = drawn.sessions.map(({ user_id, queue_id, handle_ms, hold_ms, acw_ms, wrapup_code }) => (
    { user_id, queue_id, handle_ms, hold_ms, acw_ms, wrapup_code }));
  same(`${name} agents`, sorted(agents), sorted(expected));
}

/** Conversations read with all that were drawn; each must be there once. */
function compareAll(read, drawn, what) {
  same(`${what}: their ids`, read.map((one) => one.conversationId).sort(), [...drawn.keys()].sort());
  for (const one of read) compare(one, drawn.get(one.conversationId));
}

/** The details query gives every conversation once, whole, over as many pages as there must be. */
async function queryToTheLastPage(simulator) {
  const analytics = new genesys.AnalyticsApi();
  const [drawn, interval] = [await simulator.drawn(), await simulator.interval()];
  const before = (await simulator.statuses(QUERY_PATH)).length;
  const read = [];
  let pages = 0;
  for (let pageNumber = 1; pageNumber < PAGES_MAX; pageNumber += 1) {
    const paging = { pageSize: PAGE_SIZE, pageNumber };
    const body = { interval, order: 'asc', orderBy: 'conversationStart', paging };
    const answer = await analytics.postAnalyticsConversationsDetailsQuery(body);
    same('total hits', answer.totalHits, drawn.size);
    read.push(...answer.conversations);
    pages = pageNumber;
    if (answer.totalHits <= pageNumber * PAGE_SIZE) break;
  }
  compareAll(read, drawn, 'details query');
  const statuses = (await simulator.statuses(QUERY_PATH)).slice(before);
  same('requests', statuses, Array(pages).fill(200));
  same('pages', pages, Math.ceil(drawn.size / PAGE_SIZE));
}

/** One conversation by its id, and several. */
async function byId(simulator) {
  const analytics = new genesys.AnalyticsApi();
  const drawn = await simulator.drawn();
  const ids = [...drawn.keys()].sort().slice(0, 25);
  compare(await analytics.getAnalyticsConversationDetails(ids[0]), drawn.get(ids[0]));
  const several = await analytics.getAnalyticsConversationsDetails({ id: ids });
  compareAll(several.conversations, new Map(ids.map((id) => [id, drawn.get(id)])), 'by ids');
}

/** More than 31 days are refused with the platform's error body. */
async function anIntervalThatIsTooLong() {
  const body = { interval: '2026-01-01T00:00:00.000Z/2026-03-01T00:00:00.000Z' };
  await refusal(() => new genesys.AnalyticsApi().postAnalyticsConversationsDetailsQuery(body), 400, 'bad.request');
}

module.exports = { anIntervalThatIsTooLong, byId, compareAll, queryToTheLastPage };
