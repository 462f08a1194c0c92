'use strict';
// A headless chromium that is spoken to over two pipes: no port, no library.

const { spawn } = require('node:child_process');
const fs = require('node:fs');

// Longest wait for an answer; nothing here takes a second.
const ANSWER_MS = 20000;

class Browser {
  constructor(home) {
    this.next = 0;
    this.asked = new Map();
    this.listeners = [];
    this.rest = Buffer.alloc(0);
    const options = [
      '--headless=new',
      '--remote-debugging-pipe',
      '--disable-gpu',
      '--disable-dev-shm-usage',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--no-first-run',
      '--hide-scrollbars',
      '--force-device-scale-factor=1',
      // The same letters on every machine.
      '--font-render-hinting=none',
      `--user-data-dir=${home}`,
    ];
    // As root it has no sandbox to go into; what it looks at is our own.
    if (process.getuid && process.getuid() === 0) options.push('--no-sandbox');
    this.process = spawn('chromium', options, { stdio: ['ignore', 'ignore', 'pipe', 'pipe', 'pipe'] });
    this.said = '';
    this.process.stderr.on('data', (text) => (this.said = (this.said + text).slice(-4000)));
    this.process.on('exit', (code) => this.fail(new Error(`chromium ended with ${code}: ${this.said}`)));
    this.process.on('error', (error) => this.fail(error));
    this.process.stdio[4].on('data', (bytes) => this.take(bytes));
  }

  fail(error) {
    for (const { no } of this.asked.values()) no(error);
    this.asked.clear();
  }

  take(bytes) {
    this.rest = Buffer.concat([this.rest, bytes]);
    for (let end = this.rest.indexOf(0); end !== -1; end = this.rest.indexOf(0)) {
      const message = JSON.parse(this.rest.subarray(0, end));
      this.rest = this.rest.subarray(end + 1);
      const asked = this.asked.get(message.id);
      if (!asked) {
        for (const listener of this.listeners) listener(message);
        continue;
      }
      this.asked.delete(message.id);
      clearTimeout(asked.timer);
      if (message.error) asked.no(new Error(`${asked.method}: ${message.error.message}`));
      else asked.yes(message.result);
    }
  }

  send(method, params = {}, sessionId = undefined) {
    const id = ++this.next;
    return new Promise((yes, no) => {
      const timer = setTimeout(() => no(new Error(`${method} is not answered: ${this.said}`)), ANSWER_MS);
      this.asked.set(id, { yes, no, method, timer });
      this.process.stdio[3].write(JSON.stringify({ id, method, params, sessionId }) + '\0');
    });
  }

  async page() {
    const { targetId } = await this.send('Target.createTarget', { url: 'about:blank' });
    const { sessionId } = await this.send('Target.attachToTarget', { targetId, flatten: true });
    const page = new Page(this, targetId, sessionId);
    this.listeners.push((message) => message.sessionId === sessionId && page.heard(message));
    for (const domain of ['Page', 'Runtime', 'Log', 'Network']) await page.send(`${domain}.enable`);
    return page;
  }

  async close() {
    const ended = new Promise((yes) => this.process.once('exit', yes));
    await this.send('Browser.close').catch(() => this.process.kill());
    await ended;
  }
}

class Page {
  constructor(browser, targetId, sessionId) {
    Object.assign(this, { browser, targetId, sessionId, complaints: [], requests: [], loaded: () => {} });
  }

  send(method, params) {
    return this.browser.send(method, params, this.sessionId);
  }

  heard({ method, params }) {
    if (method === 'Page.loadEventFired') this.loaded();
    if (method === 'Network.requestWillBeSent') this.requests.push(params.request.url);
    if (method === 'Runtime.exceptionThrown') this.complaints.push(params.exceptionDetails.exception?.description || params.exceptionDetails.text);
    if (method === 'Runtime.consoleAPICalled' && ['error', 'warning', 'assert'].includes(params.type)) {
      this.complaints.push(params.args.map((one) => one.value || one.description).join(' '));
    }
    if (method === 'Log.entryAdded' && ['error', 'warning'].includes(params.entry.level)) {
      this.complaints.push(`${params.entry.text} ${params.entry.url || ''}`);
    }
  }

  async open(url, { width, height, theme, script = true }) {
    await this.send('Emulation.setDeviceMetricsOverride', { width, height, deviceScaleFactor: 1, mobile: false });
    await this.send('Emulation.setEmulatedMedia', { features: [{ name: 'prefers-color-scheme', value: theme }] });
    await this.send('Emulation.setScriptExecutionDisabled', { value: !script });
    const loaded = new Promise((yes) => (this.loaded = yes));
    await this.send('Page.navigate', { url });
    await loaded;
  }

  // The value of an expression or a promise, in the page.
  async value(expression) {
    const answer = await this.send('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true });
    if (answer.exceptionDetails) throw new Error(answer.exceptionDetails.exception?.description || answer.exceptionDetails.text);
    return answer.result.value;
  }

  async pressEnter() {
    const key = { key: 'Enter', code: 'Enter', windowsVirtualKeyCode: 13 };
    await this.send('Input.dispatchKeyEvent', { type: 'keyDown', text: '\r', ...key });
    await this.send('Input.dispatchKeyEvent', { type: 'keyUp', ...key });
  }

  async screenshot(path) {
    const { data } = await this.send('Page.captureScreenshot', { format: 'png', captureBeyondViewport: true });
    fs.writeFileSync(path, Buffer.from(data, 'base64'));
  }

  async close() {
    await this.browser.send('Target.closeTarget', { targetId: this.targetId });
  }
}

module.exports = { Browser };
