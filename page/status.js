// Replaces the content of the page rather than reloading it, so that the scroll position stays.

const everyMs = 10_000;
const lost = document.getElementById('lost');
let lastSeen = new Date();

async function refresh() {
  if (document.hidden) return;
  try {
    const response = await fetch(location.pathname, { signal: AbortSignal.timeout(everyMs) });
    if (!response.ok) throw new Error(response.statusText);
    const fresh = new DOMParser().parseFromString(await response.text(), 'text/html');
    // The policy of this page rejects the style of a newer version, so load that version.
    if (fresh.querySelector('style').textContent !== document.querySelector('style').textContent)
      return location.reload();
    const focused = document.activeElement?.getAttribute('href');
    document.querySelector('main').replaceWith(fresh.querySelector('main'));
    if (focused) document.querySelector(`a[href="${focused}"]`)?.focus();
    document.title = fresh.title;
    lastSeen = new Date();
    lost.hidden = true;
  } catch {
    const time = lastSeen.toLocaleTimeString();
    lost.textContent = `The server does not answer. The last update was at ${time}.`;
    lost.hidden = false;
    document.title = 'No answer – helpscout-sidebar';
  }
}

setInterval(refresh, everyMs);
document.addEventListener('visibilitychange', refresh);
