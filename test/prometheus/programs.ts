import { existsSync } from 'node:fs';

/** Debian's, or where $PROMTOOL and $PROMETHEUS say. Without them tests fail: nothing is skipped. */
export function program(name: 'promtool' | 'prometheus'): string {
  const path = process.env[name.toUpperCase()] ?? `/usr/bin/${name}`;
  if (!existsSync(path))
    throw new Error(
      `There is no ${path}: install it (apt-get install prometheus), or set ${name.toUpperCase()}`,
    );
  return path;
}
