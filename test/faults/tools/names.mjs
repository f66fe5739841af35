import dns from 'node:dns';
import { readFileSync } from 'node:fs';

// Loaded into the server before its own code (node --import): the name database.test is this
// machine, or unknown, or never answered for, as the file NAMES_FILE says.

const { lookup } = dns;

dns.lookup = (name, options, callback) => {
  if (name !== 'database.test') return lookup(name, options, callback);
  const state = readFileSync(process.env.NAMES_FILE, 'utf8');
  if (state === 'known') return lookup('127.0.0.1', options, callback);
  if (state === 'silent') return;
  const error = Object.assign(new Error(`getaddrinfo ENOTFOUND ${name}`), { code: 'ENOTFOUND' });
  process.nextTick(callback, error);
};
