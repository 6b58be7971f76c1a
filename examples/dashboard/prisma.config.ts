import { defineConfig } from 'prisma/config';

export default defineConfig({
  schema: 'prisma/schema.prisma',
  migrations: { path: 'prisma/migrations' },
  // Only `prisma migrate` connects; generate does not, so it also works without a database.
  datasource: { url: process.env.DATABASE_URL ?? 'postgresql://localhost/dashboard' },
});
