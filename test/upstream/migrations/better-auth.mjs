import { stripe } from '@better-auth/stripe';
import { betterAuth } from 'better-auth';
import { getMigrations } from 'better-auth/db/migration';
import { organization } from 'better-auth/plugins';
import pg from 'pg';
import Stripe from 'stripe';

const database = new pg.Pool({ connectionString: process.argv[2] });
const { options } = betterAuth({
  database,
  baseURL: 'http://localhost',
  emailAndPassword: { enabled: true },
  secret: crypto.randomUUID() + crypto.randomUUID(),
  plugins: [
    organization(),
    stripe({
      stripeClient: new Stripe('sk_test_0'),
      stripeWebhookSecret: 'whsec_0',
      organization: { enabled: true },
      subscription: { enabled: true, plans: [] },
    }),
  ],
});
const { runMigrations } = await getMigrations(options);
await runMigrations();
await database.end();
