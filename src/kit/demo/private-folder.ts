import * as fs from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StartError } from '../../domain/start-error.ts';

/**
 * Creates this user's folder in the system's temporary one. A folder that another user created is
 * refused: its owner could replace what we run from it.
 */
export async function privateFolder(): Promise<string> {
  const uid = process.getuid?.() ?? 0;
  const folder = join(await fs.realpath(tmpdir()), `helpscout-sidebar-${uid}`);
  // The user that Postgres runs as may enter root's folder, but not list it.
  const mode = uid === 0 ? 0o711 : 0o700;
  // Overrides a strict umask, which would lock that user out.
  if (await fs.mkdir(folder, { recursive: true, mode })) await fs.chmod(folder, mode);
  const found = await fs.lstat(folder);
  const isOurs =
    found.isDirectory() &&
    (process.platform === 'win32' || (found.uid === uid && (found.mode & 0o777 & ~mode) === 0));
  if (!isOurs) throw new StartError(`${folder} is not a folder of yours alone: remove it`);
  return folder;
}
