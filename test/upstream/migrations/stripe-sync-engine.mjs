import { writeFile } from 'node:fs/promises';
import { runMigrations } from '@stripe/sync-engine';

// Its columns are those of Stripe's specification, which it downloads from GitHub. These are the
// properties that the recipe reads, of the types that they have in API version 2025-03-31 and later.
const text = { type: 'string' };
const number = { type: 'integer', nullable: true };
const object = { type: 'object', properties: {}, nullable: true };
const expandable = { anyOf: [text, object], 'x-expansionResources': { oneOf: [] } };
const resource = (name, properties) => ({
  'x-resourceId': name,
  type: 'object',
  properties: { id: text, object: text, ...properties },
});
const schemas = {
  customer: resource('customer', { name: text, created: number }),
  product: resource('product', { name: text }),
  subscription: resource('subscription', {
    customer: expandable,
    status: text,
    items: object,
    cancel_at: number,
    cancel_at_period_end: { type: 'boolean' },
    pause_collection: object,
    trial_end: number,
    ended_at: number,
    created: number,
  }),
};
const openApiSpecPath = 'specification.json';
await writeFile(openApiSpecPath, JSON.stringify({ openapi: '3.0.0', components: { schemas } }));
await runMigrations({ databaseUrl: process.argv[2], schemaName: 'stripe', openApiSpecPath });
