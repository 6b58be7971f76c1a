// npm run migrate: applies pending migrations to the database of DATABASE_URL, or to the embedded one, and seeds it.
import { database } from './embedded.mjs';
import { migrate } from './migrations.mjs';

const { url, stop } = await database();
try {
  const names = await migrate(url);
  console.log(names.length > 0 ? `applied ${names.join(', ')}` : 'the database is up to date');
} finally {
  await stop();
}
