// What most people write: express.json with `verify`, three queries, dates by toLocaleDateString,
// res.render from the views folder (which Express caches in production).

import { createHmac } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import pg from 'pg';
import { inProject } from '../paths.ts';
import { plainFormat, show } from './words.ts';

const secretKey = process.env['HELPSCOUT_SECRET_KEY'] ?? '';
const pool = new pg.Pool({ connectionString: process.env['DATABASE_URL'] });
pool.on('error', console.error);

const app = express();
app.set('view engine', 'ejs');
app.set('views', inProject('bench/yardsticks/views'));

type Verified = IncomingMessage & { isVerified?: boolean };

app.use(
  express.json({
    verify: (req: Verified, _res, body) => {
      const expected = createHmac('sha1', secretKey).update(body).digest('base64');
      req.isVerified = req.headers['x-helpscout-signature'] === expected;
    },
  }),
);
app.post('/helpscout', async (req, res) => {
  if (!(req as Verified).isVerified) {
    res.status(403).json({ error: 'forbidden' });
    return;
  }
  const email = req.body.customer.email.trim().toLowerCase();
  const { rows } = await pool.query(
    `select users.email, users.full_name as person_name, users.time_zone as person_timezone,
            memberships.is_owner, memberships.company_id, companies.name as company_name,
            companies.time_zone as company_timezone, companies.admin_url,
            companies.created_at as customer_since
     from users
     left join memberships on memberships.user_id = users.id
     left join companies on companies.id = memberships.company_id
     where lower(users.email) = $1
     order by memberships.is_owner desc nulls last, companies.name`,
    [email],
  );
  const now = new Date();
  const accounts = [];
  for (const row of rows) {
    const subscription = await pool.query(
      `select plan_name, status as subscription_status, expires_at as plan_expires_at,
              cancel_at_period_end, trial_ends_at, employee_limit, stripe_customer_id, stripe_subscription_id
       from subscriptions where company_id = $1`,
      [row.company_id],
    );
    const company = await pool.query(
      `select (select employee_count from companies where id = $1) as employee_count,
              array(select module from company_modules where company_id = $1 order by module) as modules`,
      [row.company_id],
    );
    const account = { ...row, ...subscription.rows[0], ...company.rows[0] };
    accounts.push(show(account, now, plainFormat));
  }
  res.set('Cache-Control', 'no-store');
  res.render('sidebar', { email, accounts }, (error: Error | null, html: string) => {
    if (error) res.status(500).json({ error: 'failed' });
    else res.json({ html });
  });
});
const server = app.listen(Number(process.env['PORT']), '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo;
  console.log(JSON.stringify({ event: 'listening', port }));
});
process.on('SIGTERM', () => process.exit(0));
