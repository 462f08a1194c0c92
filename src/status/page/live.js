// Keeps the page up to date: fetches its changing part every two seconds, and changes what has changed in place, so that
// focus, scrolling, open details and what was just chosen stay as they are.
(() => {
  'use strict';

  const EVERY_MS = 2000;
  // Behind other windows, or after a failure, there is no hurry.
  const SELDOM_MS = 10000;
  const live = document.getElementById('live');
  const stale = document.getElementById('stale');
  if (!live) return;

  // What belongs to the reader, not to the process.
  const isReaders = (element, name) => name === 'open' && element.localName === 'details';

  const sameKind = (a, b) =>
    a.nodeType === b.nodeType && a.nodeName === b.nodeName && (a.id || '') === (b.id || '');

  function bringUp(old, now) {
    if (old.nodeType !== Node.ELEMENT_NODE) {
      if (old.nodeValue !== now.nodeValue) old.nodeValue = now.nodeValue;
      return;
    }
    for (const { name } of [...old.attributes]) {
      if (!now.hasAttribute(name) && !isReaders(old, name)) old.removeAttribute(name);
    }
    for (const { name, value } of now.attributes) {
      if (old.getAttribute(name) !== value && !isReaders(old, name)) old.setAttribute(name, value);
    }
    // A list that is open, or has been changed and not sent, is left alone.
    if (old.localName === 'select' && document.activeElement === old) return;
    bringUpChildren(old, now);
  }

  function bringUpChildren(old, now) {
    let at = old.firstChild;
    for (const wanted of [...now.childNodes]) {
      // A part that has gone or come moves those behind it: they are found by their id.
      let found = at;
      if (wanted.id) while (found && found.id !== wanted.id) found = found.nextSibling;
      if (found && sameKind(found, wanted)) {
        while (at !== found) {
          const next = at.nextSibling;
          at.remove();
          at = next;
        }
        bringUp(at, wanted);
        at = at.nextSibling;
      } else if (at && !wanted.id && !at.id) {
        const next = at.nextSibling;
        at.replaceWith(wanted);
        at = next;
      } else {
        old.insertBefore(wanted, at);
      }
    }
    while (at) {
      const next = at.nextSibling;
      at.remove();
      at = next;
    }
  }

  let answered = new Date();
  let view = location.search;

  function tellStale(cause) {
    const time = answered.toISOString().slice(11, 19);
    const text = `No answer from the process since ${time} UTC (${cause}). What is below is as it was then.`;
    if (stale.textContent !== text) stale.textContent = text;
    stale.hidden = false;
    document.body.classList.add('is-stale');
  }

  function tellFresh() {
    answered = new Date();
    if (stale.hidden) return;
    stale.hidden = true;
    stale.textContent = '';
    document.body.classList.remove('is-stale');
  }

  async function look() {
    const asked = view;
    const stop = new AbortController();
    const late = setTimeout(() => stop.abort(), 3 * EVERY_MS);
    try {
      const answer = await fetch('/status/fragment' + asked, { cache: 'no-store', signal: stop.signal });
      if (!answer.ok) throw new Error(`status ${answer.status}`);
      const text = await answer.text();
      // Another queue was chosen meanwhile.
      if (asked !== view) return EVERY_MS;
      const now = document.createElement('template');
      now.innerHTML = text;
      bringUpChildren(live, now.content);
      const line = document.getElementById('verdict-line');
      if (line) document.title = `${line.lastChild.textContent.trim()} · handletime`;
      tellFresh();
      return document.hidden ? SELDOM_MS : EVERY_MS;
    } catch (error) {
      tellStale(error.name === 'AbortError' ? 'too slow' : error.message || 'no connection');
      return SELDOM_MS / 2;
    } finally {
      clearTimeout(late);
    }
  }

  let timer = 0;
  async function go() {
    clearTimeout(timer);
    const wait = await look();
    clearTimeout(timer);
    timer = setTimeout(go, wait);
  }

  // Another view without a new page; the address stays one that can be kept.
  function show(search) {
    if (search === view) return;
    view = search;
    history.pushState(null, '', location.pathname + search);
    go();
  }

  document.addEventListener('change', (event) => {
    const list = event.target;
    if (!(list instanceof HTMLSelectElement) || !('submits' in list.dataset)) return;
    list.blur();
    show('?' + new URLSearchParams(new FormData(list.form)));
    list.focus();
  });

  document.addEventListener('submit', (event) => {
    if (event.target.method !== 'get') return;
    event.preventDefault();
    show('?' + new URLSearchParams(new FormData(event.target)));
  });

  document.addEventListener('click', (event) => {
    const link = event.target.closest && event.target.closest('a[href^="?"]');
    if (!link || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    show(new URL(link.href).search);
  });

  window.addEventListener('popstate', () => {
    view = location.search;
    go();
  });
  document.addEventListener('visibilitychange', () => {
    if (!document.hidden) go();
  });

  document.documentElement.classList.add('has-script');
  timer = setTimeout(go, EVERY_MS);
})();
