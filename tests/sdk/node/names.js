// Names: each list page by page; whatever id a conversation carries has one, unless it was meant to have none.
'use strict';

const { Difference, genesys, same } = require('./simulator');

const PAGES_MAX = 50;

/** Every entity of a list by id, and that the pages are numbered and counted as they should be. */
async function listed(ask, pageSize, more) {
  const entities = new Map();
  let total;
  for (let pageNumber = 1; pageNumber < PAGES_MAX; pageNumber += 1) {
    const page = await ask({ pageSize, pageNumber, ...more });
    same('page', [page.pageNumber, page.pageSize], [pageNumber, pageSize]);
    total = page.total;
    same('pages', page.pageCount, Math.ceil(total / pageSize));
    for (const one of page.entities) entities.set(one.id, one);
    if (!page.nextUri) break;
  }
  same('entities', entities.size, total);
  return entities;
}

const missing = (ids, found) => [...new Set(ids)].filter((id) => !found.has(id)).sort();

/** Queues have names and service levels, and every queue of a conversation is among them. */
async function queues(simulator) {
  const routing = new genesys.RoutingApi();
  const found = await listed((opts) => routing.getRoutingQueues(opts), 3);
  for (const one of found.values()) {
    const level = one.mediaSettings.call.serviceLevel;
    same(`${one.name} service level`, [level.percentage, level.durationMs % 10_000], [0.8, 0]);
  }
  const drawn = [...(await simulator.drawn()).values()];
  same('queues without a name', missing(drawn.flatMap((one) => one.queues), found), []);
  const id = [...found.keys()].sort()[0];
  const only = (await routing.getRoutingQueues({ id: [id] })).entities;
  same('queue by id', only.map((one) => one.name), [found.get(id).name]);
}

/** Wrap-up codes; one that was deleted is still carried by conversations, and no list has it. */
async function wrapupCodes(simulator) {
  const routing = new genesys.RoutingApi();
  const found = await listed((opts) => routing.getRoutingWrapupcodes(opts), 2);
  const drawn = [...(await simulator.drawn()).values()];
  const carried = drawn.flatMap((one) => one.sessions.map((session) => session.wrapup_code)).filter(Boolean);
  same('codes without a name', missing(carried, found).length, 1);
}

/** Users; every agent of a conversation is among them. */
async function users(simulator) {
  const api = new genesys.UsersApi();
  const found = await listed((opts) => api.getUsers(opts), 25, { state: 'any' });
  const drawn = [...(await simulator.drawn()).values()];
  const agents = drawn.flatMap((one) => one.sessions.map((session) => session.user_id));
  same('agents without a name', missing(agents, found), []);
  for (const one of found.values()) {
    if (!one.name || !one.email) throw new Difference(`a user without name or address: ${JSON.stringify(one)}`);
  }
}

/** Skills and languages. */
async function skillsAndLanguages() {
  const routing = new genesys.RoutingApi();
  const skills = await listed((opts) => routing.getRoutingSkills(opts), 3);
  same('skills', [...skills.values()].map((one) => one.name).sort(), ['Contracts', 'Hardware', 'Mobile', 'Refunds']);
  const languages = await listed((opts) => routing.getRoutingLanguages(opts), 2);
  same('languages', [...languages.values()].map((one) => one.name).sort(), ['English', 'French', 'German']);
}

module.exports = { queues, skillsAndLanguages, users, wrapupCodes };
