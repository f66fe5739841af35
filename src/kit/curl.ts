import { helpScoutHeader } from './http-client.ts';

/** A signed POST as a shell command. It contains no secret, but its signature stays valid. */
export function curlCommand(
  url: string,
  body: string,
  signature: string,
  header = helpScoutHeader,
): string {
  return [
    curlCommandToLoad(url),
    `--header 'Content-Type: application/json'`,
    `--header ${quoted(`${header}: ${signature}`)}`,
    `--data-binary ${quoted(body)}`,
  ].join(' \\\n  ');
}

/** A GET as a shell command: a platform app's request is all in its URL. */
export const curlCommandToLoad = (url: string) => `curl --silent --show-error ${quoted(url)}`;

/** A shell interprets nothing between single quotes except the single quote itself. */
const quoted = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;
