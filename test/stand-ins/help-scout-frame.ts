/** The name of the frame of an app, from which the app takes its own. */
export const frameName = 'app-side-panel-5Ma3boWZmlnA';

/**
 * A page with an app's frame in it, as Help Scout's is as far as that is known: the frame has a
 * height, and gets another when the app in it says so for this frame. What was said is kept in
 * `window.heights`.
 */
export function helpScoutPage(appUrl: string): string {
  return `<!doctype html>
<html lang="en">
<head><title>A conversation</title><style>body { margin: 0 } iframe { border: 0 }</style></head>
<body>
<main>
<h1>A conversation</h1>
<iframe name="${frameName}" title="App" width="280" height="50" src="${appUrl.replaceAll('&', '&amp;')}"></iframe>
</main>
<script>
  window.heights = [];
  const frame = document.querySelector('iframe');
  addEventListener('message', ({ data, origin, source }) => {
    if (source !== frame.contentWindow || origin !== new URL(frame.src).origin) return;
    if (data.type !== 'SET_APP_HEIGHT' || data.iframeId !== frame.name) return;
    if (data.appId !== '5Ma3boWZmlnA') return;
    frame.height = data.value;
    window.heights.push(data.value);
  });
</script>
</body>
</html>`;
}
