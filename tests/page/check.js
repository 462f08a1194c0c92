'use strict';
// Looks at the status page of each fixture process as people do: wide and narrow, light and dark, by keyboard, without
// the script, while it changes, and while its process is gone.
//
//   node check.js ADDRESSES PICTURES      ADDRESSES has a line `STATE URL` for each process

const assert = require('node:assert/strict');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { Browser } = require('./browser.js');

const [addresses, pictures] = process.argv.slice(2);
const urls = Object.fromEntries(fs.readFileSync(addresses, 'utf8').trim().split('\n').map((line) => line.split(' ')));
const axe = fs.readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
const WIDE = { width: 1280, height: 1000 };
const NARROW = { width: 390, height: 844 };

const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

async function until(what, look) {
  for (let tries = 0; tries < 80; tries++) {
    if (await look()) return;
    await sleep(100);
  }
  assert.fail(`waited in vain: ${what}`);
}

// What is in nobody's way: no part wider than the window unless it scrolls by itself, no text that is cut or overlaps.
const layout = () => {
  const found = [];
  const wide = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth > wide) found.push(`the page is ${document.documentElement.scrollWidth} px wide`);
  const scrolls = (element) => element.closest('.frame, nav, .unseen, .skip');
  for (const element of document.querySelectorAll('main *, header *')) {
    if (scrolls(element) || element.closest('details:not([open]) > :not(summary)')) continue;
    const box = element.getBoundingClientRect();
    if (box.width && (box.right > wide + 1 || box.left < -1)) found.push(`${element.localName}.${element.className} leaves the window`);
  }
  const sections = [...document.querySelectorAll('#live > section, #live > dl')].map((one) => one.getBoundingClientRect());
  sections.forEach((box, at) => {
    if (at && box.top < sections[at - 1].bottom) found.push(`section ${at} overlaps the one before`);
  });
  // Numbers of a column end at the same place.
  for (const table of document.querySelectorAll('main table')) {
    const ends = new Map();
    for (const cell of table.querySelectorAll('tbody td.number')) {
      const box = cell.getBoundingClientRect();
      if (!box.width) continue;
      const known = ends.get(cell.cellIndex) ?? box.right;
      if (Math.abs(known - box.right) > 0.5 || getComputedStyle(cell).textAlign !== 'right') found.push(`numbers of ${table.caption.textContent} are not aligned`);
      ends.set(cell.cellIndex, known);
    }
  }
  // Marks of the picture do not run into each other.
  const marks = [...document.querySelectorAll('.picture .mark')].map((one) => one.getBoundingClientRect());
  marks.forEach((a, at) => {
    for (const b of marks.slice(at + 1)) {
      if (a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom) found.push('marks of the picture overlap');
    }
  });
  return found;
};

const colours = () => {
  const of = (selector) => getComputedStyle(document.querySelector(selector)).color;
  return { line: of('#verdict-line'), text: of('body'), ground: getComputedStyle(document.body).backgroundColor };
};

async function look(page, state, theme, size, name) {
  await page.open(`${urls[state]}/status`, { ...size, theme });
  assert.deepEqual(await page.value(`(${layout})()`), [], `${name}: layout`);
  // Everything that is folded is looked at too.
  await page.value(`document.querySelectorAll('details').forEach((one) => { one.open = true; })`);
  assert.deepEqual(await page.value(`(${layout})()`), [], `${name}: layout, unfolded`);
  await page.value(axe);
  const options = { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] };
  const said = await page.value(`axe.run(document, ${JSON.stringify(options)}).then((all) => ({
    broken: all.violations.map((one) => one.id + ': ' + one.nodes.map((node) => node.target + ' ' + node.any.map((any) => any.message)).slice(0, 5).join('; ')),
    kept: all.passes.length,
  }))`);
  assert.deepEqual(said.broken, [], `${name}: accessibility`);
  assert.ok(said.kept > 20, `${name}: axe looked at next to nothing: ${said.kept}`);
  await page.value(`document.querySelectorAll('details').forEach((one) => { one.open = false; }); scrollTo(0, 0)`);
  await page.screenshot(path.join(pictures, `${name}.png`));
  return page.value(`(${colours})()`);
}

async function looks(page) {
  const seen = {};
  for (const theme of ['light', 'dark']) {
    for (const state of Object.keys(urls)) seen[`${state} ${theme}`] = await look(page, state, theme, WIDE, `${state}-${theme}`);
    await look(page, 'failing', theme, NARROW, `failing-${theme}-narrow`);
  }
  await look(page, 'healthy', 'light', NARROW, 'healthy-light-narrow');
  const lines = Object.values(seen).map((one) => one.line);
  assert.equal(new Set(lines).size, 6, `each state has a colour of its own in each theme: ${lines}`);
  assert.notEqual(seen['healthy light'].ground, seen['healthy dark'].ground);
  for (const url of page.requests) assert.ok(Object.values(urls).some((own) => url.startsWith(own + '/')), `asked elsewhere: ${url}`);
}

// The page changes below the reader, and what the reader does stays.
async function lives(page) {
  await page.open(`${urls.healthy}/status`, { ...WIDE, theme: 'light' });
  const published = `document.querySelector('.figures .figure:nth-child(2) .value').textContent`;
  const before = await page.value(published);
  await page.value(`{
    document.getElementById('interval-table').open = true;
    const summary = document.querySelector('#queue-table summary');
    summary.focus();
    scrollTo(0, 500);
    window.kept = { table: document.getElementById('interval-table'), summary, top: scrollY };
  }`);
  await until('a newer number', async () => (await page.value(published)) !== before);
  const kept = await page.value(`({
    open: kept.table.isConnected && kept.table.open,
    focus: document.activeElement === kept.summary,
    scroll: scrollY === kept.top,
    once: document.querySelectorAll('#verdict').length === 1 && document.querySelectorAll('.picture').length === 1,
  })`);
  assert.deepEqual(kept, { open: true, focus: true, scroll: true, once: true });
  // By keyboard: the folded list opens.
  await page.pressEnter();
  await until('an open list', () => page.value(`document.getElementById('queue-table').open`));
  // Another queue, without a new page, and back.
  const title = `document.getElementById('picture-title').textContent`;
  const first = await page.value(title);
  await page.value(`{
    const list = document.getElementById('queue');
    list.focus();
    list.selectedIndex = 2;
    list.dispatchEvent(new Event('change', { bubbles: true }));
  }`);
  await until('the picture of another queue', async () => (await page.value(title)) !== first);
  assert.ok((await page.value('location.search')).includes('queue='));
  assert.equal(await page.value(`document.activeElement.id`), 'queue');
  assert.equal(await page.value(`document.getElementById('queue').selectedIndex`), 2);
  assert.equal(await page.value(`kept.table.isConnected && kept.table.open`), true);
  await page.value('history.back()');
  await until('the first queue again', async () => (await page.value(title)) === first);
}

// Without the script all is there, a queue can be chosen, and the page comes again by itself.
async function worksWithoutScript(page) {
  await page.open(`${urls.healthy}/`, { ...WIDE, theme: 'light', script: false });
  const { root } = await page.send('DOM.getDocument', { depth: -1 });
  const find = async (selector) => (await page.send('DOM.querySelector', { nodeId: root.nodeId, selector })).nodeId;
  for (const selector of ['meta[http-equiv=refresh]', '#verdict-line', '.picture', '.picker button', '#interval-table td']) {
    assert.ok(await find(selector), `${selector} without the script`);
  }
  const { model } = await page.send('DOM.getBoxModel', { nodeId: await find('.picker button') });
  assert.ok(model.width > 20, 'the button that chooses a queue is to be seen');
}

// The button asks for what is held, with the page's token.
async function retries(page) {
  await page.open(`${urls.failing}/status`, { ...WIDE, theme: 'light' });
  const loaded = new Promise((yes) => (page.loaded = yes));
  await page.value(`document.querySelector('#slices form button').click()`);
  await loaded;
  assert.match(await page.value(`document.querySelector('main').textContent`), /2 held ranges are read again/);
  await page.screenshot(path.join(pictures, 'retried.png'));
}

// A process that is gone is told of, and what it said last stays.
async function tellsWhenItIsGone(page) {
  await page.open(`${urls.late}/status`, { ...WIDE, theme: 'light' });
  await page.send('Network.emulateNetworkConditions', { offline: true, latency: 0, downloadThroughput: -1, uploadThroughput: -1 });
  await until('the word that it is gone', () => page.value(`!document.getElementById('stale').hidden`));
  assert.match(await page.value(`document.getElementById('stale').textContent`), /No answer from the process since \d\d:\d\d:\d\d UTC/);
  assert.equal(await page.value(`document.querySelectorAll('#verdict').length`), 1);
  await page.send('Network.emulateNetworkConditions', { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: -1 });
  await until('the word that it is back', () => page.value(`document.getElementById('stale').hidden`));
}

async function main() {
  const home = fs.mkdtempSync(path.join(os.tmpdir(), 'handletime-browser-'));
  const browser = new Browser(home);
  try {
    for (const [check, isQuiet] of [[looks, true], [lives, true], [worksWithoutScript, true], [retries, true], [tellsWhenItIsGone, false]]) {
      const began = Date.now();
      const page = await browser.page();
      await check(page);
      if (isQuiet) assert.deepEqual(page.complaints, [], `${check.name}: the console`);
      await page.close();
      console.log(`${check.name}: ok, ${((Date.now() - began) / 1000).toFixed(1)} s`);
    }
  } finally {
    await browser.close();
    fs.rmSync(home, { recursive: true, force: true, maxRetries: 5 });
  }
}

main().catch((error) => {
  console.error(`tests/page: ${error.message}`);
  process.exitCode = 1;
});
