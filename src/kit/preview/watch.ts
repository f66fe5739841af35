import { type FSWatcher, watch } from 'node:fs';

/** An editor saves in several steps: empties and fills, or writes aside and renames. */
const settleMs = 60;
const retryMs = 300;

/**
 * Calls `onChange` when whatever happened in the folder has settled. The folder may itself be
 * replaced, as by a change of branch, so it is watched anew each time. Gives how to stop.
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
    else later(retryMs);
  };
  const open = () => {
    watcher?.close();
    try {
      watcher = watch(folder, () => later(settleMs));
      watcher.on('error', () => later(retryMs));
      return true;
    } catch {
      // It is gone, and may come back.
      watcher = null;
      return false;
    }
  };

  if (!open()) later(retryMs);
  return () => {
    clearTimeout(timer);
    watcher?.close();
  };
}
