import { createRequire } from 'node:module';

// By `import` it resolves without a table: that build has no folder of migrations beside it.
const { runMigrations } = createRequire(import.meta.url)('@supabase/stripe-sync-engine');
await runMigrations({ databaseUrl: process.argv[2], schema: 'stripe' });
