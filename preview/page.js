// The page at /preview. The URL's fragment says what is shown, #state=… or #customer=…, so that
// going back, reloading and links work. A legacy app's html is shown as Help Scout shows it; a
// platform app's page is loaded in a frame.
import { showSidebar } from '/preview/sidebar.js';

const get = (id) => document.getElementById(id);

/** The gallery's states by their ids. */
let states = new Map();
let lastGroups = '';
/** The last lookup's result, shown again when a switch is turned. */
let result = null;
/** The number of the latest lookup: results of earlier ones are dropped. */
let latest = 0;

async function loadGallery() {
  const { groups, problems } = await getJson('/preview/gallery');
  showProblems(problems);
  const json = JSON.stringify(groups);
  // Unchanged links keep the keyboard's focus.
  if (json === lastGroups) return;
  lastGroups = json;
  states = new Map(groups.flatMap((group) => group.states).map((state) => [state.id, state]));
  get('groups').replaceChildren(...groups.map(toGroup));
}

function toGroup({ title, states }, number) {
  const id = `group-${number}`;
  const heading = make('h2', { id, textContent: title });
  const items = states.map((state) => {
    const link = make('a', {
      href: `#state=${encodeURIComponent(state.id)}`,
      textContent: state.title,
    });
    return make('li', {}, link);
  });
  const list = make('ul', {}, ...items);
  list.setAttribute('aria-labelledby', id);
  return make('section', {}, heading, list);
}

function showProblems(problems) {
  const items = problems.map(({ place, message }) =>
    place === null
      ? make('div', { className: 'problem' }, make('p', { textContent: message }))
      : make(
          'div',
          { className: 'problem' },
          make('p', {}, make('b', { textContent: `${place.file}, line ${place.line}: ` }), message),
          make('pre', { textContent: place.text }),
        ),
  );
  if (items.length > 0)
    items.push(make('p', { textContent: 'The last valid version is still served.' }));
  get('problems').replaceChildren(...items);
}

/** Shows what the URL's fragment says; without one, the first state of the gallery. */
async function showFragment() {
  const [, kind, value] = /^#(state|customer)=(.*)$/.exec(location.hash) ?? [];
  if (kind === 'customer') {
    const words = decodeURIComponent(value)
      .split(/[\s,;]+/)
      .filter((text) => text !== '');
    get('customer').value = words.join(', ');
    const isId = words.length === 1 && /^\d+$/.test(words[0]);
    return await lookUp(isId ? { customerId: words[0] } : { emails: words });
  }
  const state = states.get(decodeURIComponent(value ?? '')) ?? [...states.values()][0];
  await lookUp({ state: state.id });
}

async function lookUp(customerOrState) {
  const number = ++latest;
  const response = await postJson('/preview/lookup', customerOrState);
  if (number !== latest) return;
  result = response;
  const { state, legacy, platform } = result;
  showCurrent(state);
  showConversation(state, legacy === null);
  showLegacy(legacy);
  showPlatform(platform);
  showInSidebar();
  // Replaces the frame's history entry, so that going back changes the fragment.
  frame.contentWindow.location.replace(platform.path);
}

function showCurrent({ id }) {
  for (const link of get('groups').querySelectorAll('a')) {
    if (link.hash === `#state=${encodeURIComponent(id ?? '')}`)
      link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
  }
}

function showConversation({ title, note, emails }, isPlatformOnly) {
  const [email = isPlatformOnly ? 'A customer' : 'No address', ...others] = emails;
  const letter = emails.length > 0 ? email[0].toUpperCase() : '?';
  document.title = `${title} · Sidebar preview`;
  get('subject').textContent = 'One more for our team';
  get('avatar').textContent = letter;
  get('panel-avatar').textContent = letter;
  get('from').textContent = email;
  get('others').textContent = others.length > 0 ? `also ${others.join(', ')}` : '';
  get('panel-emails').replaceChildren(...(emails.length > 0 ? emails : [email]).flatMap(toLine));
  get('note').replaceChildren(make('b', { textContent: `${title}. ` }), note);
}

const toLine = (text) => [make('span', { textContent: text }), make('br', {})];

function showLegacy(answer) {
  get('answered').hidden = answer === null;
  if (answer === null) {
    get('status').textContent = 'Help Scout sends a legacy app no such request.';
    return;
  }
  showAnswer('', answer);
  get('answer').textContent = answer.text;
  get('html').textContent = answer.html ?? 'None.';
  get('request').textContent =
    `POST ${answer.url}\nX-HelpScout-Signature: ${answer.signature}\n\n${answer.request}`;
}

function showPlatform(answer) {
  showAnswer('page-', answer);
  get('page-answer').textContent = answer.text;
  get('page-request').textContent = `GET ${answer.path.split('&').join('\n  &')}`;
}

function showAnswer(of, { status, statusText, ms, bytes, failure, curl }) {
  get(`${of}status`).textContent =
    `${status} ${statusText} · ${ms} ms · ${bytes.toLocaleString('en')} bytes`;
  get(`${of}status`).classList.toggle('bad', status !== 200);
  get(`${of}failure`).hidden = failure === null;
  get(`${of}failure`).textContent = failure
    ? `The server’s log says: ${failure.class}${failure.message ? `, ${failure.message}` : ''}`
    : '';
  get(`${of}curl`).textContent = curl;
}

function showInSidebar() {
  if (result === null) return;
  const { html, status } = result.legacy ?? {
    html: '<p class="muted">This is for platform apps only.</p>',
  };
  const asHelpScout = html ?? `<p class="red">Help Scout shows its own error: ${status}.</p>`;
  const stripped = showSidebar(get('sidebar'), asHelpScout, { bare: get('bare').checked });
  get('stripped').hidden = stripped.length === 0;
  get('stripped').textContent = `Removed, as Help Scout does: ${stripped.join(', ')}`;
}

const frame = get('page');

/** As Help Scout does: the page in the frame sets its height. */
function fitFrame({ data, origin, source }) {
  if (source !== frame.contentWindow || origin !== location.origin) return;
  if (data?.type === 'SET_APP_HEIGHT' && data.iframeId === frame.name) frame.height = data.value;
}

/** A framed page follows the system's colours, so the switch has to override them. */
function paintFrame() {
  if (frame.contentDocument === null) return;
  const { documentElement, styleSheets } = frame.contentDocument;
  const isDark = get('dark').checked;
  documentElement.style.colorScheme = isDark ? 'dark' : 'light';
  for (const { media } of [...styleSheets].flatMap((sheet) => [...sheet.cssRules]))
    if (media) media.mediaText = isDark ? 'all' : 'not all';
}

frame.addEventListener('load', paintFrame);
addEventListener('message', fitFrame);

/** Keeps the state, the open sections and the scroll position. */
async function refresh() {
  await loadGallery();
  await showFragment();
}

function listen() {
  const events = new EventSource('/preview/events');
  let wasLost = false;
  events.addEventListener('saved', () => void tryTo(refresh));
  events.addEventListener('error', () => {
    wasLost = true;
    showProblems([
      { place: null, message: 'The connection to the server is lost. Is it restarting?' },
    ]);
  });
  events.addEventListener('open', () => {
    if (wasLost) void tryTo(refresh);
    wasLost = false;
  });
}

function setUpSwitches() {
  const dark = get('dark');
  const system = matchMedia('(prefers-color-scheme: dark)');
  const chosen = sessionStorage.getItem('theme');
  dark.checked = chosen === null ? system.matches : chosen === 'dark';
  const paint = () => {
    document.documentElement.dataset.theme = dark.checked ? 'dark' : 'light';
    paintFrame();
  };
  dark.addEventListener('change', () => {
    sessionStorage.setItem('theme', dark.checked ? 'dark' : 'light');
    paint();
  });
  system.addEventListener('change', () => {
    if (sessionStorage.getItem('theme') === null) dark.checked = system.matches;
    paint();
  });
  paint();

  const setApp = () => {
    document.documentElement.dataset.shown = get('app').value;
  };
  get('app').addEventListener('change', setApp);
  setApp();

  get('bare').addEventListener('change', showInSidebar);
  const setWidth = () => {
    document.documentElement.style.setProperty('--sidebar-width', `${get('width').value}px`);
  };
  get('width').addEventListener('change', setWidth);
  // Browsers may restore the choice after a reload.
  setWidth();
}

function setUpGallery() {
  const narrow = matchMedia('(max-width: 1023px)');
  const fit = () => {
    get('gallery').open = !narrow.matches;
  };
  narrow.addEventListener('change', fit);
  fit();
  get('groups').addEventListener('click', ({ target }) => {
    if (narrow.matches && target.closest('a')) get('gallery').open = false;
  });
}

get('lookup').addEventListener('submit', (event) => {
  event.preventDefault();
  const hash = `#customer=${encodeURIComponent(get('customer').value.trim())}`;
  // The same lookup again does not change the fragment.
  if (location.hash === hash) void tryTo(showFragment);
  else location.hash = hash;
});
for (const of of ['', 'page-'])
  get(`${of}copy`).addEventListener('click', async () => {
    await navigator.clipboard.writeText(get(`${of}curl`).textContent);
    get(`${of}copied`).textContent = 'Copied.';
    setTimeout(() => {
      get(`${of}copied`).textContent = '';
    }, 2_000);
  });
// The fragment stays: it says what is shown.
get('skip').addEventListener('click', (event) => {
  event.preventDefault();
  get('sidebar').focus();
});
addEventListener('hashchange', () => void tryTo(showFragment));

function make(name, properties, ...children) {
  const element = Object.assign(document.createElement(name), properties);
  element.append(...children);
  return element;
}

async function getJson(path) {
  return read(await fetch(path));
}

async function postJson(path, body) {
  const headers = { 'Content-Type': 'application/json' };
  return read(await fetch(path, { method: 'POST', headers, body: JSON.stringify(body) }));
}

async function read(response) {
  if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
  return response.json();
}

async function tryTo(work) {
  try {
    await work();
  } catch (error) {
    showProblems([{ place: null, message: `The preview failed: ${error.message}` }]);
  }
}

setUpSwitches();
setUpGallery();
listen();
await tryTo(refresh);
