// Runs the official JavaScript SDK into the faults of ../faults.toml; ends with 1 at the first difference.
//
//     node faults.js http://127.0.0.1:PORT
'use strict';

const { Difference, Simulator, genesys, refusal, same } = require('./simulator');

/** Each fault, and that the next request is answered. This SDK asks nothing twice by itself. */
async function main() {
  const simulator = new Simulator(process.argv[2]);
  await simulator.logIn();
  const routing = new genesys.RoutingApi();
  // Only then does the SDK hand headers through.
  simulator.client.setReturnExtendedResponses(true);
  const throttled = await refusal(() => routing.getRoutingSkills(), 429, 'too.many.requests.retry.after');
  simulator.client.setReturnExtendedResponses(false);
  same('Retry-After', throttled.headers['retry-after'], '1');
  same('context', throttled.headers['inin-correlation-id'], throttled.body.contextId);
  same('skills after 429', (await routing.getRoutingSkills()).entities.length, 4);
  same('requests for skills', await simulator.statuses('/api/v2/routing/skills'), [429, 200]);
  await refusal(() => routing.getRoutingLanguages(), 429, 'too.many.requests.retry.after');
  await refusal(() => routing.getRoutingWrapupcodes(), 503, 'service.unavailable');
  await refusal(() => routing.getRoutingQueues(), 401, 'bad.credentials');
  await simulator.logIn();
  same('queues after a new login', (await routing.getRoutingQueues()).entities.length, 8);
  console.log('the JavaScript SDK met every fault');
}

main().then(() => process.exit(0), (error) => {
  console.error('FAILED', error instanceof Difference ? error.message : error);
  process.exit(1);
});
