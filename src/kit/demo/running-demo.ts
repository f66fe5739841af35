import * as fs from 'node:fs/promises';
import { join } from 'node:path';
import { privateFolder } from './private-folder.ts';

/**
 * A demo without a configured Secret Key generates one for its run. It writes it to a file that
 * only this user may read, so that `ask` can sign requests for the demo on that port.
 */
const noteFile = async (port: number) => join(await privateFolder(), `demo-on-${port}.json`);

export async function leaveNote(port: number, secretKey: string): Promise<() => Promise<void>> {
  const file = await noteFile(port);
  await fs.rm(file, { force: true });
  await fs.writeFile(file, JSON.stringify({ secretKey }), { mode: 0o600, flag: 'wx' });
  return () => fs.rm(file, { force: true });
}

/** The Secret Key of the demo on that port, or null when there is none. */
export async function readNote(port: number): Promise<string | null> {
  try {
    const { secretKey } = JSON.parse(await fs.readFile(await noteFile(port), 'utf8'));
    return String(secretKey);
  } catch {
    return null;
  }
}
