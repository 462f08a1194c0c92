// The simulator as a test sees it: what was drawn, what was asked, and the SDK pointed at it.
'use strict';

const { isDeepStrictEqual } = require('node:util');
const genesys = require('purecloud-platform-client-v2');

/** What the SDK gave is not what the simulator drew. */
class Difference extends Error {}

/** Fails with both sides unless they are equal. */
function same(what, got, expected) {
  if (isDeepStrictEqual(got, expected)) return;
  throw new Difference(`${what}: the SDK gave ${JSON.stringify(got)}, drawn was ${JSON.stringify(expected)}`);
}

/** An instant on the wire, in milliseconds since 1970. The SDK hands texts through as they are. */
function ms(text) {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,3})?Z$/.test(text)) throw new Difference(`no instant: ${text}`);
  return Date.parse(text);
}

class Simulator {
  constructor(base) {
    this.base = base;
    // There is one client for all of the SDK.
    this.client = genesys.ApiClient.instance;
    const url = new URL(base);
    this.client.setGateway({ host: url.hostname, protocol: 'http', port: Number(url.port) });
  }

  /** Logs the SDK in with client credentials. */
  logIn(secret = 'demo-secret') {
    return this.client.loginClientCredentialsGrant('demo-client', secret);
  }

  /** The JSON lines of an endpoint that only tests ask. */
  async lines(path) {
    const answer = await fetch(this.base + path);
    if (!answer.ok) throw new Difference(`${path} answers ${answer.status}`);
    return (await answer.text()).split('\n').filter(Boolean).map((line) => JSON.parse(line));
  }

  /** All conversations as they were drawn, by id. */
  async drawn() {
    return new Map((await this.lines('/simulator/conversations')).map((one) => [one.id, one]));
  }

  /** The status of every request so far for a path, in order. */
  async statuses(path) {
    return (await this.lines('/simulator/requests')).filter((asked) => asked.path === path).map((asked) => asked.status);
  }

  /** An interval over all of the history, and over the conversations' ends. */
  async interval() {
    const clock = await (await fetch(`${this.base}/simulator/clock`)).json();
    return `${clock.from}/${new Date(Date.parse(clock.to) + 86_400_000).toISOString()}`;
  }
}

/** Asks, and wants a refusal; what it said. */
async function refusal(ask, status, code) {
  let refused;
  try {
    await ask();
  } catch (error) {
    refused = error;
  }
  if (!refused) throw new Difference(`no refusal with ${status}`);
  const body = refused.body ?? refused;
  same('refusal', [refused.status ?? body.status, body.code], [status, code]);
  return refused;
}

module.exports = { Difference, Simulator, genesys, ms, refusal, same };
