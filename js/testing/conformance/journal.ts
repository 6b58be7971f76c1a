import assert from 'node:assert/strict';
import type { JournalStore, PublishRow } from '../../types.js';

const CALLS_IN_PARALLEL = 16;
const AT = 1_790_000_000_001;
/** TikTok's largest video; it needs more than 31 bits. */
const LARGEST = 4_000_000_000;

export interface JournalScene {
  journal: JournalStore;
  one: string;
  two: string;
}

function rowOf({ one }: JournalScene, changes: Partial<PublishRow> = {}): PublishRow {
  return {
    tenant: one,
    accountId: '-000open',
    key: "o'brien\"; DROP TABLE publishes; -- 🎬",
    attempt: '0123456789abcdef0123456789abcdef',
    revision: 1,
    phase: 'SENDING',
    publishId: 'v_pub_file~v2-1.7590547243062919890',
    uploadUrlSealed: 'sealed-url',
    fingerprint: '2/ab/cd',
    videoSize: LARGEST,
    chunkSize: 64_000_000,
    acceptedBytes: 3_999_999_999,
    mayBecomePublic: true,
    photos: false,
    draft: false,
    pulled: false,
    postIds: ['7590547243062919890', '7590547243062919891'],
    failReason: 'spam_risk',
    cancelRequested: true,
    lastError: '{"code":"UNAVAILABLE"}',
    createdAt: AT,
    updatedAt: AT + 999,
    ...changes,
  };
}

const PHASES = ['INTENT', 'SENDING', 'LAST_CHUNK', 'PROCESSING', 'DONE', 'FAILED'] as const;

const BARE: Partial<PublishRow> = {
  phase: 'INTENT',
  publishId: null,
  uploadUrlSealed: null,
  videoSize: 0,
  chunkSize: 0,
  acceptedBytes: 0,
  mayBecomePublic: false,
  photos: true,
  draft: true,
  pulled: true,
  postIds: [],
  failReason: null,
  cancelRequested: false,
  lastError: null,
};

export const JOURNAL_CHECKS: Record<string, (scene: JournalScene) => Promise<void>> = {
  async 'journal: a publish is found unchanged by its key and by its id'(scene) {
    const { journal } = scene;
    const row = rowOf(scene);
    const id = row.publishId ?? '';
    assert.equal(await journal.find(row, row.key), null, 'a publish that was never started is missing');
    assert.equal(await journal.insert(row), true);
    assert.deepEqual(await journal.find(row, row.key), row);
    assert.deepEqual(await journal.findPublish(id), row);
    assert.equal(await journal.findPublish(id.slice(0, -1)), null, 'an id is compared whole');
    const bare = rowOf(scene, { ...BARE, key: 'bare' });
    assert.equal(await journal.insert(bare), true);
    assert.deepEqual(await journal.find(bare, 'bare'), bare);
  },

  async 'journal: a key is inserted once for each account'(scene) {
    const { journal, two } = scene;
    const row = rowOf(scene);
    assert.equal(await journal.insert(row), true);
    assert.equal(await journal.insert({ ...row, fingerprint: 'another' }), false);
    assert.deepEqual(await journal.find(row, row.key), row);
    for (const other of [{ tenant: two }, { accountId: '-000OPEN' }, { key: 'another' }]) {
      assert.equal(await journal.insert(rowOf(scene, other)), true, 'a key is unique per account, not beyond');
    }
  },

  async 'journal: a row is replaced only if its revision is the expected one'(scene) {
    const { journal } = scene;
    const row = rowOf(scene);
    const flags = { cancelRequested: true, lastError: '{"code":"UNAVAILABLE"}' };
    const next = rowOf(scene, { ...BARE, ...flags, attempt: 'next', revision: 2, phase: 'PROCESSING', updatedAt: AT + 5000 });
    assert.equal(await journal.update(next, 1), false, 'there is none to replace');
    assert.equal(await journal.find(row, row.key), null, 'a conditional write makes no row');
    await journal.insert(row);
    assert.equal(await journal.update(next, 2), false);
    assert.deepEqual(await journal.find(row, row.key), row);
    assert.equal(await journal.update(next, 1), true);
    assert.deepEqual(await journal.find(row, row.key), next);
    // The same write again, as of a process that was suspended in between.
    assert.equal(await journal.update({ ...next, attempt: 'other' }, 1), false);
    assert.deepEqual(await journal.find(row, row.key), next, 'the row of the winner stays');
  },

  async 'journal: of concurrent writers exactly one succeeds'(scene) {
    const { journal } = scene;
    const rows = Array.from({ length: CALLS_IN_PARALLEL }, (_, n) => rowOf(scene, { fingerprint: `of-${n}` }));
    const inserted = await Promise.all(rows.map((row) => journal.insert(row)));
    assert.equal(inserted.filter((yes) => yes).length, 1, 'exactly one starts');
    const replaced = await Promise.all(rows.map((row) => journal.update({ ...row, revision: 2 }, 1)));
    assert.equal(replaced.filter((yes) => yes).length, 1, 'exactly one replaces');
    const there = await journal.find(rowOf(scene), rowOf(scene).key);
    assert.equal(there?.fingerprint, `of-${replaced.indexOf(true)}`);
  },

  async 'journal: unfinished rows are those of the account, newest first'(scene) {
    const { journal, two } = scene;
    for (const [n, phase] of PHASES.entries()) {
      await journal.insert(rowOf(scene, { key: phase, phase, publishId: `id-${n}`, updatedAt: AT + n }));
    }
    await journal.insert(rowOf(scene, { tenant: two, key: 'other' }));
    const unfinished = await journal.unfinished(rowOf(scene));
    assert.deepEqual(unfinished.map((row) => row.key), ['PROCESSING', 'LAST_CHUNK', 'SENDING', 'INTENT']);
    assert.deepEqual(await journal.unfinished({ tenant: two, accountId: 'unknown' }), []);
  },

  async 'journal: expire deletes rows that ended earlier and no others'(scene) {
    const { journal } = scene;
    for (const phase of PHASES) {
      await journal.insert(rowOf(scene, { key: `${phase} old`, phase, publishId: null, updatedAt: AT }));
      await journal.insert(rowOf(scene, { key: `${phase} new`, phase, publishId: null, updatedAt: AT + 1 }));
    }
    assert.equal(await journal.expire(AT + 1), 2, 'it resolves to how many were deleted');
    for (const phase of PHASES) {
      const ended = phase === 'DONE' || phase === 'FAILED';
      assert.equal((await journal.find(rowOf(scene), `${phase} old`)) === null, ended, `${phase} old`);
      assert.notEqual(await journal.find(rowOf(scene), `${phase} new`), null, `${phase} new`);
    }
    assert.equal(await journal.expire(AT + 1), 0);
  },

  async 'journal: forget deletes all rows of one account'(scene) {
    const { journal, two } = scene;
    const others = [{ tenant: two }, { accountId: '-000OPEN' }];
    for (const phase of PHASES) {
      for (const account of [{}, ...others]) {
        await journal.insert(rowOf(scene, { ...account, key: phase, phase, publishId: null }));
      }
    }
    await journal.forget(rowOf(scene));
    for (const phase of PHASES) {
      assert.equal(await journal.find(rowOf(scene), phase), null, phase);
      for (const other of others) assert.notEqual(await journal.find(rowOf(scene, other), phase), null, phase);
    }
  },
};
