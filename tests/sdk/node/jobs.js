// Conversation jobs: submit, poll, read to the last cursor; and how far the lake is that they read.
'use strict';

const { compareAll } = require('./conversations');
const { Difference, genesys, ms, same } = require('./simulator');

const PAGE_SIZE = 100;
const PAGES_MAX = 200;
// A job here is done in seconds.
const POLLS_MAX = 240;

const pause = (length) => new Promise((resolve) => { setTimeout(resolve, length); });

/** A job gives every conversation once, whole; the last page has no cursor. */
async function jobToTheLastCursor(simulator) {
  const analytics = new genesys.AnalyticsApi();
  const drawn = await simulator.drawn();
  const { jobId } = await analytics.postAnalyticsConversationsDetailsJobs({ interval: await simulator.interval() });
  let state = 'QUEUED';
  for (let poll = 0; poll < POLLS_MAX && ['QUEUED', 'PENDING'].includes(state); poll += 1) {
    ({ state } = await analytics.getAnalyticsConversationsDetailsJob(jobId));
    if (state !== 'FULFILLED') await pause(250);
  }
  same('state of the job', state, 'FULFILLED');
  const read = [];
  let cursor;
  let pages = 0;
  do {
    const opts = cursor ? { pageSize: PAGE_SIZE, cursor } : { pageSize: PAGE_SIZE };
    const page = await analytics.getAnalyticsConversationsDetailsJobResults(jobId, opts);
    read.push(...(page.conversations ?? []));
    ms(page.dataAvailabilityDate);
    ({ cursor } = page);
    pages += 1;
  } while (cursor && pages < PAGES_MAX);
  compareAll(read, drawn, 'job');
  same('pages of the job', pages, Math.ceil(drawn.size / PAGE_SIZE));
}

/** The lake is behind the platform's present, by a day at most. */
async function availability() {
  const answer = await new genesys.AnalyticsApi().getAnalyticsConversationsDetailsJobsAvailability();
  const behind = Date.now() - ms(answer.dataAvailabilityDate);
  if (behind < -5_000 || 86_405_000 < behind) throw new Difference(`the lake is ${behind} ms behind`);
}

module.exports = { availability, jobToTheLastCursor };
