import { type FSWatcher, watch } from 'node:fs';

/** Editors save in several steps: they truncate and write, or write elsewhere and rename. */
const settleMs = 60;
const retryMs = 300;

/**
 * Calls `onChange` once changes in the folder have settled. It watches anew each time, since a
 * change of branch may replace the folder itself. Returns a function that stops it.
 */
export function watchFolder(folder: string, onChange: () => void): () => void {
  let watcher: FSWatcher | null = null;
  let timer: NodeJS.Timeout | undefined;

  const later = (ms: number) => {
    clearTimeout(timer);
    timer = setTimeout(settled, ms);
  };
  const settled = () => {
    if (open()) onChange();
  };
  const open = () => {
    watcher?.close();
    try {
      watcher = watch(folder, () => later(settleMs)).on('error', () => later(retryMs));
    } catch {
      // The folder may come back.
      watcher = null;
      later(retryMs);
    }
    return watcher !== null;
  };

  open();
  return () => {
    clearTimeout(timer);
    watcher?.close();
  };
}
