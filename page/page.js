// What the page does in Help Scout's frame. It must work without cookies and without storage.

const { framedBy } = document.body.dataset;

// The frame keeps its height until it receives another one.
const appId = window.name.replace(/app-side-panel-|app-/, '');
let reported = 0;

function reportHeight() {
  const value = Math.ceil(document.documentElement.getBoundingClientRect().height);
  if (value === reported || window.parent === window) return;
  reported = value;
  const message = { type: 'SET_APP_HEIGHT', value, appId, iframeId: window.name };
  window.parent.postMessage(message, framedBy);
}

new ResizeObserver(reportHeight).observe(document.documentElement);

/** The element of the sidebar; a page that only has a message has none. */
const shown = document.getElementById('sidebar') ?? document.createElement('div');

/** Gives the sidebar, which is the same in the legacy app, what only a page can do. */
function enhance() {
  for (const heading of shown.querySelectorAll('h4')) {
    heading.setAttribute('role', 'heading');
    heading.setAttribute('aria-level', '2');
  }
  for (const title of shown.querySelectorAll('.c-sb-section--toggle > .js-sb-toggle')) {
    title.setAttribute('role', 'button');
    title.tabIndex = 0;
    showState(title);
  }
  for (const value of shown.querySelectorAll('.c-sb-list-item__text')) {
    const text = value.textContent.trim();
    if (isId(text)) value.append(' ', copyButton(text));
  }
}

/** One word of letters and digits, as "cus_FredSmith1" or a UUID; no date and no amount is one. */
const isId = (text) => /^(?=.*\d)(?=.*[A-Za-z])[\w-]{8,100}$/.test(text);

function copyButton(text) {
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'copy';
  // It is inside a live region, where a screen reader would read each change of its text.
  button.setAttribute('aria-live', 'off');
  label(button, 'Copy', text);
  button.addEventListener('click', async () => {
    const state = (await copy(text)) ? 'Copied' : 'Not copied';
    label(button, state, text);
    announce(`${state} ${text}`);
    setTimeout(() => label(button, 'Copy', text), 2_000);
  });
  return button;
}

/** A screen reader reads the label in place of the text. */
function label(button, state, text) {
  button.textContent = state;
  button.setAttribute('aria-label', `${state} ${text}`);
}

const statusLine = document.getElementById('status');

/** Emptied first, so that the same message is read again. */
function announce(message) {
  statusLine.textContent = '';
  setTimeout(() => {
    statusLine.textContent = message;
  }, 50);
}

/** A frame may have no leave to use the clipboard, but it may still copy what is selected. */
async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const focused = document.activeElement;
    const field = document.createElement('textarea');
    field.value = text;
    field.setAttribute('aria-hidden', 'true');
    field.className = 'unseen';
    document.body.append(field);
    field.select();
    const isDone = document.execCommand('copy');
    field.remove();
    // Selecting moved the focus, so it is given back to the button.
    focused.focus({ preventScroll: true });
    return isDone;
  }
}

function showState(title) {
  title.setAttribute('aria-expanded', String(title.parentElement.classList.contains('open')));
}

function toggle(event) {
  const title = event.target.closest('.js-sb-toggle');
  if (title === null) return;
  event.preventDefault();
  title.parentElement.classList.toggle('open');
  showState(title);
}

shown.addEventListener('click', toggle);
shown.addEventListener('keydown', (event) => {
  if (event.key === 'Enter' || event.key === ' ') toggle(event);
});

const form = document.getElementById('search');
let searches = 0;

form?.addEventListener('submit', async (event) => {
  event.preventDefault();
  const search = ++searches;
  shown.setAttribute('aria-busy', 'true');
  const html = await htmlFor(form.elements.email.value);
  // A later search is in flight, whose answer is shown instead.
  if (search !== searches) return;
  shown.removeAttribute('aria-busy');
  if (html === null) {
    const sentence = document.createElement('p');
    sentence.textContent = form.dataset.failed;
    shown.replaceChildren(sentence);
  } else shown.innerHTML = html;
  enhance();
});

async function htmlFor(email) {
  try {
    const response = await fetch(`${location.pathname.replace(/\/$/, '')}/search`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'X-Search-Token': form.dataset.token },
      body: JSON.stringify({ email }),
      credentials: 'omit',
      redirect: 'error',
    });
    return (await response.json()).html ?? null;
  } catch {
    return null;
  }
}

// The signed URL does not expire, so a reload sends the same request again.
document.getElementById('refresh')?.addEventListener('click', () => location.reload());

enhance();
