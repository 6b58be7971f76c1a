import { defineConfig } from 'prisma/config';

export default defineConfig({
  schema: 'prisma/schema.prisma',
  migrations: { path: 'prisma/migrations' },
  // Only `prisma migrate` connects to this URL; `prisma generate` works without a database.
  datasource: { url: process.env.DATABASE_URL ?? 'postgresql://localhost/dashboard' },
});
