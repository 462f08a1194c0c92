// Aggregates: handle times by queue, medium and half hour, held against what was drawn.
'use strict';

const { Difference, genesys, ms, same } = require('./simulator');

const HALF_HOUR_MS = 1_800_000;

/** Every handle time stands where and when it was emitted. */
async function handleTimesByHalfHour(simulator) {
  const metrics = ['tHandle'];
  const groupBy = ['queueId', 'mediaType'];
  const body = { interval: await simulator.interval(), granularity: 'PT30M', groupBy, metrics };
  const answer = await new genesys.AnalyticsApi().postAnalyticsConversationsAggregatesQuery(body);
  const got = {};
  for (const { group, data } of answer.results) {
    for (const { interval, metrics: told } of data) {
      const [{ metric, stats }] = told;
      same('metric', metric, 'tHandle');
      got[`${group.queueId} ${group.mediaType} ${ms(interval.split('/')[0])}`] = [stats.count, stats.sum];
    }
  }
  const expected = {};
  for (const told of (await simulator.drawn()).values()) {
    for (const session of told.sessions.filter((one) => one.handle_ms !== null)) {
      const start = Math.floor(session.handled_at / HALF_HOUR_MS) * HALF_HOUR_MS;
      const key = `${session.queue_id ?? undefined} ${told.media} ${start}`;
      const [count, sum] = expected[key] ?? [0, 0];
      expected[key] = [count + 1, sum + session.handle_ms];
    }
  }
  if (!Object.keys(expected).length) throw new Difference('nothing was drawn');
  same('handle times', got, expected);
}

module.exports = { handleTimesByHalfHour };
