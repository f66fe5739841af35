#!/usr/bin/env bash
# vitest 4.1.12: describe.skip.for(…), describe.skipIf(true).for(…) and describe.runIf(false).for(…) run
# their tests. With each in place of for they are skipped, and so is test.skipIf(true).for(…).
# Seen: two tests skipped, three run.
set -euo pipefail
version=4.1.12

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund --save-exact "vitest@$version"

cat >skipped.test.mjs <<'JS'
import { describe, test } from 'vitest';
const tests = (name) => () => test(name, () => {});
describe.skip.for([1])('%i', tests('describe.skip.for'));
describe.skipIf(true).for([1])('%i', tests('describe.skipIf.for'));
describe.runIf(false).for([1])('%i', tests('describe.runIf.for'));
describe.skipIf(true).each([1])('%i', tests('describe.skipIf.each'));
test.skipIf(true).for([1])('test.skipIf.for %i', () => {});
JS
npx vitest run --reporter=json --outputFile=report.json >/dev/null 2>&1
node --eval '
  const [{ assertionResults }] = require("./report.json").testResults;
  for (const { title, status } of assertionResults) console.log(status, title);
' | tee seen

cat >expected <<'TEXT'
passed describe.skip.for
passed describe.skipIf.for
passed describe.runIf.for
skipped describe.skipIf.each
skipped test.skipIf.for 1
TEXT
diff expected seen || { echo "vitest $version behaves otherwise now" >&2; exit 1; }
