// Shows a sidebar's html as Help Scout does: what it would strip is left out, what it styles is
// styled, and its collapsible sections open and close.

/** The elements of Help Scout's style guide, and plain ones next to them. */
const elements = new Set(
  'a b br code dd div dl dt em h1 h2 h3 h4 h5 h6 hr i li ol p small span strong u ul'.split(' '),
);

/** Left out with all that is in them; of other elements the content stays. */
const withContent = new Set(
  'iframe math noscript object script select style svg template textarea title'.split(' '),
);

const attributes = new Set(['class', 'href', 'rel', 'role', 'target', 'title']);

const styles = Object.assign(document.createElement('link'), {
  rel: 'stylesheet',
  href: '/preview/sidebar.css',
});

/**
 * Fills the shadow root of `host`, so that no style of the page reaches the sidebar and none of
 * the sidebar's classes the page. Gives the names of what was left out.
 */
export function showSidebar(host, html, { bare }) {
  const root = host.shadowRoot ?? host.attachShadow({ mode: 'open' });
  const wasOpen = openSections(root);
  const focused = root.activeElement?.parentElement;
  const focusedKey = focused?.matches('.c-sb-section--toggle') ? keyOf(focused) : null;
  const stripped = new Set();
  const sidebar = document.createElement('div');
  sidebar.className = 'sidebar';
  // The parser's document is inert: nothing in it runs or loads.
  const parsed = new DOMParser().parseFromString(html, 'text/html');
  sidebar.append(...[...parsed.body.childNodes].flatMap((node) => copy(node, stripped)));
  if (bare) for (const element of sidebar.querySelectorAll('[class]')) element.className = '';
  for (const section of sidebar.querySelectorAll('.c-sb-section--toggle'))
    makeCollapsible(section, wasOpen);
  if (root.firstChild !== styles) root.append(styles);
  for (const old of root.querySelectorAll('.sidebar')) old.remove();
  root.append(sidebar);
  const again = [...sidebar.querySelectorAll('.c-sb-section--toggle')];
  titleOf(again.find((section) => keyOf(section) === focusedKey))?.focus();
  return [...stripped];
}

/** A copy made of nothing but what is allowed, element by element. */
function copy(node, stripped) {
  if (node.nodeType === Node.TEXT_NODE) return [document.createTextNode(node.data)];
  if (node.nodeType !== Node.ELEMENT_NODE) return [];
  const name = node.localName;
  if (!elements.has(name)) {
    stripped.add(`<${name}>`);
    if (withContent.has(name)) return [];
    return [...node.childNodes].flatMap((child) => copy(child, stripped));
  }
  const element = document.createElement(name);
  for (const { name, value } of node.attributes) {
    const isAllowed = attributes.has(name) && (name !== 'href' || isWebLink(value));
    if (isAllowed) element.setAttribute(name, value);
    else stripped.add(name === 'href' ? `href="${value.slice(0, 40)}"` : name);
  }
  if (element.hasAttribute('href')) {
    element.target = '_blank';
    element.rel = 'noopener noreferrer';
  }
  element.append(...[...node.childNodes].flatMap((child) => copy(child, stripped)));
  return [element];
}

function isWebLink(address) {
  return URL.canParse(address) && /^(https?|mailto):$/.test(new URL(address).protocol);
}

const titleOf = (section) =>
  section?.querySelector(':scope > .js-sb-toggle, :scope > .c-sb-section__title');

/** What tells a section from the others: its titles without their numbers, which may change. */
function keyOf(section) {
  const outer = section.parentElement?.closest('.c-sb-section--toggle');
  const title = titleOf(section)?.textContent.replace(/\d+/g, '').trim() ?? '';
  return outer ? `${keyOf(outer)} ${title}` : title;
}

/** How the sections stand that somebody opened or closed, by their keys. */
function openSections(root) {
  const touched = [...root.querySelectorAll('.c-sb-section--toggle[data-touched]')];
  return new Map(touched.map((section) => [keyOf(section), section.classList.contains('open')]));
}

function makeCollapsible(section, wasOpen) {
  const title = titleOf(section);
  if (!title) return;
  const show = (isOpen) => {
    section.classList.toggle('open', isOpen);
    title.setAttribute('aria-expanded', String(isOpen));
  };
  const toggle = () => {
    section.dataset.touched = '';
    show(!section.classList.contains('open'));
  };
  title.setAttribute('role', 'button');
  title.tabIndex = 0;
  title.addEventListener('click', toggle);
  title.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' && event.key !== ' ') return;
    event.preventDefault();
    toggle();
  });
  const known = wasOpen.get(keyOf(section));
  if (known !== undefined) section.dataset.touched = '';
  show(known ?? section.classList.contains('open'));
}
