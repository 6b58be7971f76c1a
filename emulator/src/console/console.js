// Sends the console's forms to the control API as JSON, and updates the live parts of a page. The emulator renders the
// pages.
'use strict';

const statusLine = document.getElementById('status-line');
const lost = document.getElementById('lost');
const clock = document.getElementById('clock');
const live = () => document.querySelectorAll('[data-live]');
let paused = false;
let fetching = false;

/** Returns the JSON body of a form. */
function bodyOf(form, submitter) {
  const body = {};
  for (const field of form.elements) {
    if (!field.name || (field.type === 'submit' && field !== submitter)) continue;
    const as = field.dataset.as;
    if (field.type === 'checkbox') body[field.name] = field.checked;
    else if (as === 'json') Object.assign(body, JSON.parse(field.value));
    else if (as === 'number') {
      const unit = field.dataset.unit ? Number(document.getElementById(field.dataset.unit).value) : 1;
      if (field.value !== '') body[field.name] = field.dataset.unit ? Math.round(field.value * unit) : Number(field.value);
    } else if (as === 'text-or-null') body[field.name] = field.value.trim() || null;
    else body[field.name] = field.value.trim();
  }
  return body;
}

/** Calls the control API. Returns the error message, or an empty string on success. */
async function call(method, control, body) {
  try {
    const response = await fetch(`/_emulator/${control}`, {
      method,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    if (response.ok) return '';
    const { error } = await response.json();
    return error ?? `The emulator responded with status ${response.status}.`;
  } catch {
    return 'The emulator does not respond. Check that it is running.';
  }
}

async function send(form, submitter) {
  if (form.dataset.confirm && !window.confirm(form.dataset.confirm)) return;
  const answer = form.querySelector('output');
  form.setAttribute('aria-busy', 'true');
  const error = await call(form.dataset.method ?? 'POST', form.dataset.control, bodyOf(form, submitter));
  form.removeAttribute('aria-busy');
  answer.textContent = error;
  if (error) return;
  if ('clear' in form.dataset) form.reset();
  show(form.dataset.done);
  await refresh(true);
}

function show(words) {
  statusLine.textContent = words;
  clearTimeout(show.timer);
  show.timer = setTimeout(() => (statusLine.textContent = ''), 5000);
}

document.addEventListener('submit', (event) => {
  const form = event.target;
  if (!('control' in form.dataset)) return;
  event.preventDefault();
  // Forms that submit on change have no button. Pressing Enter in one of their fields submits them as well.
  if (!form.hasAttribute('aria-busy')) void send(form, event.submitter);
});

document.addEventListener('change', (event) => {
  const form = event.target.form;
  if (form && 'auto' in form.dataset && form.reportValidity()) void send(form, null);
});

document.addEventListener('click', (event) => {
  const button = event.target.closest('button');
  if (!button) return;
  if ('pause' in button.dataset) {
    paused = !paused;
    button.setAttribute('aria-pressed', String(paused));
    button.textContent = paused ? 'Resume' : 'Pause';
    if (!paused) void refresh(true);
  } else if (button.dataset.copy) {
    void copy(document.getElementById(button.dataset.copy).textContent);
  } else if (button.dataset.copyQuery) {
    void copy(new URLSearchParams(location.search).get(button.dataset.copyQuery) ?? '');
  }
});

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    show('Copied.');
  } catch {
    show('The browser did not allow copying. Select the text and copy it.');
  }
}

/** Fetches this page again and replaces its live parts. */
async function refresh(isForced) {
  if (fetching && !isForced) return;
  fetching = true;
  try {
    const url = new URL(location.href);
    const seen = document.querySelector('[data-since]')?.dataset.since;
    if (seen !== undefined && !isForced) url.searchParams.set('since', seen);
    const response = await fetch(url, { cache: 'no-store' });
    lost.hidden = true;
    const now = response.headers.get('x-emulator-now');
    if (now !== null) setClock(Number(now));
    if (response.status !== 200) return;
    const fresh = new DOMParser().parseFromString(await response.text(), 'text/html');
    for (const old of live()) {
      const next = fresh.getElementById(old.id);
      if (next) place(old, next);
    }
  } catch {
    lost.hidden = false;
  } finally {
    fetching = false;
  }
}

const served = new WeakMap();

/**
 * Replaces a live part unless it is unchanged or the user is editing a field in it. Keeps focus, open details and
 * messages.
 */
function place(old, next) {
  const html = next.innerHTML;
  const focused = old.contains(document.activeElement) ? document.activeElement : null;
  if (old.querySelector('[aria-busy]') || focused?.matches('input:not([type=checkbox]), select')) return;
  if (next.dataset.since !== undefined) old.dataset.since = next.dataset.since;
  if ((served.get(old) ?? old.innerHTML) === html) return;
  const open = [...old.querySelectorAll('details[open]')].map((each) => each.id);
  const messages = [...old.querySelectorAll('output')].filter((each) => each.textContent);
  old.replaceChildren(...next.childNodes);
  served.set(old, html);
  for (const id of open) document.getElementById(id)?.setAttribute('open', '');
  for (const each of messages) {
    const again = document.getElementById(each.id);
    if (again) again.textContent = each.textContent;
  }
  if (focused?.id) document.getElementById(focused.id)?.focus();
}

document.querySelector('nav [aria-current]')?.scrollIntoView({ block: 'nearest', inline: 'center' });

const since = { ms: Number(clock.dataset.ms), at: performance.now() };

function setClock(ms) {
  since.ms = ms;
  since.at = performance.now();
  showClock();
}

function showClock() {
  const ms = since.ms + ('running' in clock.dataset ? performance.now() - since.at : 0);
  clock.textContent = new Date(ms).toISOString().replace('T', ' ').replace(/\.\d+Z$/, ' UTC');
}

setInterval(() => {
  showClock();
  if (!paused && !document.hidden && live().length > 0) void refresh(false);
}, 1000);
