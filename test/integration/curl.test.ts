import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { curlCommand } from '../../src/kit/curl.ts';
import { requestBody } from '../../src/kit/request.ts';

/** The words that a shell would hand to curl. */
function words(command: string): string[] {
  const asIfCurl = `curl() { printf '%s\\0' "$@"; }\n${command}`;
  return execFileSync('sh', ['-c', asIfCurl], { encoding: 'utf8' }).split('\0').slice(0, -1);
}

test.each(["o'hara@example.com", '$(touch /x)@example.com', '`id`"\\@x.y', '!!\n@x.y', 'josé@x.y'])(
  'a shell hands the body of %j to curl as it is',
  (email) => {
    const body = requestBody([email]);
    const url = "http://127.0.0.1:3000/helpscout?it's";
    expect(words(curlCommand(url, body, 'I1KlvGppYqvFTJgJ9jezdQMDiyI='))).toEqual([
      '--silent',
      '--show-error',
      url,
      '--header',
      'Content-Type: application/json',
      '--header',
      'X-HelpScout-Signature: I1KlvGppYqvFTJgJ9jezdQMDiyI=',
      '--data-binary',
      body,
    ]);
  },
);
