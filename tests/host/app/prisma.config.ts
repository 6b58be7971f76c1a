import { defineConfig } from 'prisma/config';

export default defineConfig({
  // The folder: each of its .prisma files is part of the schema.
  schema: 'prisma',
  migrations: { path: 'prisma/migrations' },
  datasource: { url: process.env['DATABASE_URL'] ?? 'postgresql://localhost/host' },
});
