// Prints what is in a production install, in CycloneDX's form: npm run --silent sbom > sbom.cdx.json
//
// `npm sbom --omit dev` by itself leaves out whatever a development dependency needs as well: of this
// lock file a third, pg-protocol among it. So npm is given a lock file that has nothing else.

import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const read = (file) => JSON.parse(readFileSync(new URL(`../${file}`, import.meta.url), 'utf8'));

const manifest = read('package.json');
const lock = read('package-lock.json');
const { devDependencies: _, optionalDependencies: __, ...root } = lock.packages[''];
const production = Object.entries(lock.packages).filter(
  ([path, { dev, optional, devOptional }]) => path !== '' && !dev && !optional && !devOptional,
);

// Whoever reads only the beginning, as `head` does, has seen enough.
process.stdout.on('error', (error) => {
  if (error.code !== 'EPIPE') throw error;
});

const temporary = mkdtempSync(join(tmpdir(), 'sbom-'));
try {
  // npm calls the whole after its folder.
  const folder = join(temporary, manifest.name);
  mkdirSync(folder);
  const write = (file, value) => writeFileSync(join(folder, file), JSON.stringify(value));
  write('package.json', { ...root, description: manifest.description });
  write('package-lock.json', {
    ...lock,
    packages: { '': root, ...Object.fromEntries(production) },
  });
  const words = ['sbom', '--package-lock-only', '--sbom-format', 'cyclonedx'];
  process.stdout.write(execFileSync('npm', words, { cwd: folder, maxBuffer: 64 * 1024 * 1024 }));
} finally {
  rmSync(temporary, { recursive: true });
}
