import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** Handles a request instead, for tests; false leaves it to the stand-in. */
export type Interfere = (req: IncomingMessage, res: ServerResponse) => boolean;

export const standInCredentials = { appId: 'stand-in', appSecret: 'stand-in-app-secret' };

const accessToken = '4a1dd9c5c6b94ebd8bd1b3b1d0f8d6b2';

/**
 * The two calls of Help Scout's Mailbox API that the sidebar uses, as documented: a token for the
 * application's credentials, and a customer with their addresses.
 */
export async function startMailboxStandIn(
  customers: ReadonlyMap<string, readonly string[]>,
  interfere: Interfere = () => false,
) {
  /** A line for each call, such as "GET /v2/customers/1". */
  const calls: string[] = [];
  const server = createServer(async (req, res) => {
    calls.push(`${req.method} ${req.url}`);
    if (interfere(req, res)) return;
    if (req.method === 'POST' && req.url === '/v2/oauth2/token') return sendToken(req, res);
    const [, id = ''] = /^\/v2\/customers\/(\d+)$/.exec(req.url ?? '') ?? [];
    if (req.headers.authorization !== `Bearer ${accessToken}`)
      return answer(res, 401, { error: 'invalid_token' });
    const emails = customers.get(id);
    if (emails === undefined) return answer(res, 404, { message: 'Not found' });
    const found = emails.map((value, i) => ({ id: i + 1, value, type: 'work' }));
    answer(res, 200, { id: Number(id), _embedded: { emails: found } });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const close = async () => {
    const closed = once(server.close(), 'close');
    server.closeAllConnections();
    await closed;
  };
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, calls, close };
}

async function sendToken(req: IncomingMessage, res: ServerResponse): Promise<void> {
  const form = new URLSearchParams(await text(req));
  const isValid =
    form.get('grant_type') === 'client_credentials' &&
    form.get('client_id') === standInCredentials.appId &&
    form.get('client_secret') === standInCredentials.appSecret;
  if (isValid)
    answer(res, 200, { token_type: 'bearer', access_token: accessToken, expires_in: 172_800 });
  else answer(res, 401, { error: 'invalid_client' });
}

export function answer(res: ServerResponse, status: number, body: object): void {
  res.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
}
