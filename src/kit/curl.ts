import { helpScoutHeader } from './post.ts';

/** The request as a command, ready to be pasted into a shell: it shows no secret, but its signature stays valid. */
export function curlCommand(
  url: string,
  body: string,
  signature: string,
  header = helpScoutHeader,
): string {
  return [
    `curl --silent --show-error ${quoted(url)}`,
    `--header 'Content-Type: application/json'`,
    `--header ${quoted(`${header}: ${signature}`)}`,
    `--data-binary ${quoted(body)}`,
  ].join(' \\\n  ');
}

/** The same for a request that is all in its address, as a platform app's is. */
export function curlCommandToLoad(url: string): string {
  return `curl --silent --show-error ${quoted(url)}`;
}

/** Between single quotes a shell reads everything as it stands, but for the single quote. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
