// Runs the official JavaScript SDK against a simulator that tells conversations; ends with 1 at the first difference.
//
//     node check.js http://127.0.0.1:PORT
'use strict';

const aggregates = require('./aggregates');
const conversations = require('./conversations');
const jobs = require('./jobs');
const names = require('./names');
const { Difference, Simulator, same } = require('./simulator');

/** The SDK logs in at the same address as it asks; a wrong secret is refused. */
async function login(simulator) {
  let refused;
  await simulator.logIn('wrong').catch((error) => { refused = error; });
  if (!refused) throw new Difference('a wrong secret was taken');
  const granted = await simulator.logIn();
  if (!granted.accessToken) throw new Difference('a login without a token');
  const statuses = await simulator.statuses('/oauth/token');
  same('logins', statuses.slice(-2), [401, 200]);
}

const CHECKS = [
  login,
  conversations.queryToTheLastPage,
  conversations.byId,
  conversations.anIntervalThatIsTooLong,
  aggregates.handleTimesByHalfHour,
  jobs.jobToTheLastCursor,
  jobs.availability,
  names.queues,
  names.wrapupCodes,
  names.users,
  names.skillsAndLanguages,
];

async function main() {
  const simulator = new Simulator(process.argv[2]);
  for (const check of CHECKS) {
    await check(simulator);
    console.log(`ok     ${check.name}`);
  }
  console.log(`${CHECKS.length} checks of the JavaScript SDK passed`);
}

main().then(() => process.exit(0), (error) => {
  console.error('FAILED', error instanceof Difference ? error.message : error);
  process.exit(1);
});
