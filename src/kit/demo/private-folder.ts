import * as fs from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StartError } from '../../domain/start-error.ts';

/**
 * This user's own folder below the system's temporary one: made where it does not exist, and
 * refused where somebody else made it, which would be a trap.
 */
export async function privateFolder(): Promise<string> {
  const uid = process.getuid?.() ?? 0;
  const folder = join(await fs.realpath(tmpdir()), `helpscout-sidebar-${uid}`);
  // Root's may be entered, though not listed, by the user that Postgres runs as.
  const mode = uid === 0 ? 0o711 : 0o700;
  // A strict umask would lock that user out.
  if (await fs.mkdir(folder, { recursive: true, mode })) await fs.chmod(folder, mode);
  const found = await fs.lstat(folder);
  const isOurs =
    found.isDirectory() &&
    (process.platform === 'win32' || (found.uid === uid && (found.mode & 0o777 & ~mode) === 0));
  if (!isOurs) throw new StartError(`${folder} is not a folder of yours alone: remove it`);
  return folder;
}
