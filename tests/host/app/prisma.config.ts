import { defineConfig } from 'prisma/config';

export default defineConfig({
  // A folder. Each .prisma file in it is part of the schema.
  schema: 'prisma',
  migrations: { path: 'prisma/migrations' },
  datasource: { url: process.env['DATABASE_URL'] ?? 'postgresql://localhost/host' },
});
