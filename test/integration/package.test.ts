import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';

const read = (file: string) =>
  JSON.parse(readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8'));

const manifest = read('package.json');
const lock = read('package-lock.json');

type Locked = { integrity?: string; resolved?: string; link?: boolean };
const locked = Object.entries<Locked>(lock.packages).filter(([path]) => path !== '');

describe('what is installed', () => {
  test.each(['dependencies', 'devDependencies', 'optionalDependencies'])(
    'is pinned to the very version in %s',
    (kind) => {
      for (const version of Object.values(manifest[kind]))
        expect(version).toMatch(/^\d+\.\d+\.\d+/);
    },
  );

  test('is known by its hash, and is bound to no host', () => {
    expect(locked.length).toBeGreaterThan(100);
    for (const [path, { integrity, resolved }] of locked) {
      expect(integrity, path).toMatch(/^sha512-/);
      expect(resolved, path).toBeUndefined();
    }
  });

  test('is there for every platform that a package names, else npm ci refuses', () => {
    for (const [path, { optionalDependencies }] of Object.entries<{
      optionalDependencies?: Record<string, string>;
    }>(lock.packages))
      for (const name of Object.keys(optionalDependencies ?? {}))
        expect(
          [`node_modules/${name}`, `${path}/node_modules/${name}`].some(
            (at) => at in lock.packages,
          ),
          `${name}, which ${path || 'this project'} names`,
        ).toBe(true);
  });

  test('runs no script of its own', () => {
    const scripts = Object.entries<{ hasInstallScript?: boolean }>(lock.packages)
      .filter(([, { hasInstallScript }]) => hasInstallScript)
      .map(([path]) => path.replace('node_modules/', ''));
    expect(scripts.length).toBeGreaterThan(0);
    for (const name of scripts) expect(manifest.allowScripts[name], name).toBe(false);
  });
});

test('the list of what is in it ends quietly when nobody reads on', async () => {
  const line = `"${process.execPath}" .ci/sbom.mjs | true`;
  const { stderr } = await promisify(execFile)('sh', ['-c', line], {
    cwd: fileURLToPath(new URL('../..', import.meta.url)),
  });
  expect(stderr).not.toMatch(/EPIPE|^ +at /m);
});
