#!/usr/bin/env node
// Compares the words that billing systems' own types have for a subscription's status with those that
// src/sidebar/subscription.ts knows, and fails at one that it does not know. It needs npm's registry, so CI
// does not run it. After `npm run build`:
//
//   node test/upstream/status-words.mjs            the versions below
//   node test/upstream/status-words.mjs --latest   the newest ones

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Package and version, the file with the type, what is before its words, and what is behind them. */
const providers = [
  ['stripe', '23.1.0', 'esm/resources/Subscriptions.d.ts', /\n {4}type Status =/, ';'],
  // Its files have other names in each version.
  ['@polar-sh/sdk', '1.0.1', 'dist/', /type SubscriptionStatus =/, ';'],
  [
    '@paddle/paddle-node-sdk',
    '3.10.0',
    'dist/types/enums/subscription/subscription-status.d.ts',
    /SubscriptionStatus =/,
    ';',
  ],
  ['chargebee', '3.33.0', 'types/resources/Subscription.d.ts', /\n {4}status:/, ';'],
  ['@lemonsqueezy/lemonsqueezy.js', '4.0.0', 'dist/index.d.ts', /type SubscriptionStatus =/, ';'],
  ['@types/braintree', '3.4.4', 'index.d.ts', /type SubscriptionStatus =/, ';'],
  ['razorpay', '2.9.8', 'dist/types/subscriptions.d.ts', /\n {8}status:/, ';'],
  [
    '@paypal/paypal-server-sdk',
    '2.5.0',
    'dist/esm/types/models/subscriptionStatus.d.ts',
    /enum SubscriptionStatus \{/,
    '}',
  ],
  [
    '@mollie/api-client',
    '4.6.0',
    'dist/types/data/subscriptions/data.d.ts',
    /enum SubscriptionStatus \{/,
    '}',
  ],
  ['square', '46.0.0', 'api/types/SubscriptionStatus.d.ts', /const SubscriptionStatus: \{/, '}'],
  ['gocardless-nodejs', '10.1.2', 'types/types/Types.d.ts', /enum SubscriptionStatus \{/, '}'],
];

/**
 * Read in documentation, since no package has them as types: recurly 4.81.0 has `state: string`,
 * WooCommerce Subscriptions, Shopify, RevenueCat and Google Play have none on npm.
 */
const read = {
  Recurly: 'active canceled expired failed future paused',
  WooCommerce:
    'wc-active wc-on-hold wc-pending-cancel wc-cancelled wc-expired wc-pending wc-switched',
  Shopify: 'ACTIVE CANCELLED DECLINED EXPIRED FROZEN PENDING ACCEPTED PAUSED FAILED STALE',
  RevenueCat: 'trialing active expired in_grace_period in_billing_retry paused incomplete',
  'Google Play':
    'SUBSCRIPTION_STATE_ACTIVE SUBSCRIPTION_STATE_CANCELED SUBSCRIPTION_STATE_IN_GRACE_PERIOD SUBSCRIPTION_STATE_ON_HOLD SUBSCRIPTION_STATE_PAUSED SUBSCRIPTION_STATE_EXPIRED SUBSCRIPTION_STATE_PENDING',
};

const { subscriptionOf } = await import('../../dist/sidebar/subscription.js');
const dates = { isTrialOver: null, planRuns: false, hasEnded: false };
const isKnown = (word) => subscriptionOf(word, dates).course !== null;
const badgeOf = (word) => subscriptionOf(word, dates).badge.text;

const isLatest = process.argv.includes('--latest');
const folder = mkdtempSync(join(tmpdir(), 'status-words-'));
let unknown = 0;
try {
  const packages = providers.map(([name, version]) => `${name}@${isLatest ? 'latest' : version}`);
  const npm = ['install', '--silent', '--no-audit', '--no-fund', '--ignore-scripts'];
  execFileSync('npm', [...npm, '--prefix', folder, ...packages], { stdio: 'inherit' });
  for (const [name, , file, before, behind] of providers) {
    const at = (path) => readFileSync(join(folder, 'node_modules', name, path), 'utf8');
    const files = file.endsWith('/')
      ? readdirSync(join(folder, 'node_modules', name, file))
          .filter((one) => one.endsWith('.d.mts'))
          .map((one) => file + one)
      : [file];
    const [, rest = ''] = files.map(at).join('\n').split(before);
    const type = rest.slice(0, rest.indexOf(behind));
    const words = [...new Set([...type.matchAll(/["']([\w ]+)["']/g)].map(([, word]) => word))];
    if (words.length < 4) throw new Error(`${name}: its type of a status is not in ${file}`);
    tell(`${name} ${JSON.parse(at('package.json')).version}`, words);
  }
  for (const [provider, words] of Object.entries(read))
    tell(`${provider} (read)`, words.split(' '));
} finally {
  rmSync(folder, { recursive: true });
}
if (unknown > 0) throw new Error(`${unknown} words are not in src/sidebar/subscription.ts`);

function tell(provider, words) {
  const missing = words.filter((word) => !isKnown(word));
  unknown += missing.length;
  console.log(`${provider}: ${words.map((word) => `${word} (${badgeOf(word)})`).join(', ')}`);
  if (missing.length > 0) console.log(`  not known: ${missing.join(', ')}`);
}
