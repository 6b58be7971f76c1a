import assert from 'node:assert/strict';
import type { JournalStore, PublishRow } from '../../types.js';

const CALLS_IN_PARALLEL = 16;
const AT = 1_790_000_000_001;
/** The maximum size of a video on TikTok, which exceeds 31 bits. */
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
  async 'journal: finds a publish unchanged by its key or publish id'(scene) {
    const { journal } = scene;
    const row = rowOf(scene);
    const id = row.publishId ?? '';
    assert.equal(await journal.find(row, row.key), null, 'a publish that was never started is absent');
    assert.equal(await journal.insert(row), true);
    assert.deepEqual(await journal.find(row, row.key), row);
    assert.deepEqual(await journal.findPublish(id), row);
    assert.equal(await journal.findPublish(id.slice(0, -1)), null, 'a publish id must match completely');
    const bare = rowOf(scene, { ...BARE, key: 'bare' });
    assert.equal(await journal.insert(bare), true);
    assert.deepEqual(await journal.find(bare, 'bare'), bare);
  },

  async 'journal: a key can be inserted only once per account'(scene) {
    const { journal, two } = scene;
    const row = rowOf(scene);
    assert.equal(await journal.insert(row), true);
    assert.equal(await journal.insert({ ...row, fingerprint: 'another' }), false);
    assert.deepEqual(await journal.find(row, row.key), row);
    for (const other of [{ tenant: two }, { accountId: '-000OPEN' }, { key: 'another' }]) {
      assert.equal(await journal.insert(rowOf(scene, other)), true, 'other accounts can use the same key');
    }
  },

  async 'journal: an update requires the expected revision'(scene) {
    const { journal } = scene;
    const row = rowOf(scene);
    const flags = { cancelRequested: true, lastError: '{"code":"UNAVAILABLE"}' };
    const next = rowOf(scene, { ...BARE, ...flags, attempt: 'next', revision: 2, phase: 'PROCESSING', updatedAt: AT + 5000 });
    assert.equal(await journal.update(next, 1), false, 'an update of a missing row fails');
    assert.equal(await journal.find(row, row.key), null, 'an update of a missing row does not create it');
    await journal.insert(row);
    assert.equal(await journal.update(next, 2), false);
    assert.deepEqual(await journal.find(row, row.key), row);
    assert.equal(await journal.update(next, 1), true);
    assert.deepEqual(await journal.find(row, row.key), next);
    // Repeats the write, as a process does that was suspended before it.
    assert.equal(await journal.update({ ...next, attempt: 'other' }, 1), false);
    assert.deepEqual(await journal.find(row, row.key), next, 'the row of the first update stays');
  },

  async 'journal: exactly one of several concurrent writers succeeds'(scene) {
    const { journal } = scene;
    const rows = Array.from({ length: CALLS_IN_PARALLEL }, (_, n) => rowOf(scene, { fingerprint: `of-${n}` }));
    const inserted = await Promise.all(rows.map((row) => journal.insert(row)));
    assert.equal(inserted.filter((yes) => yes).length, 1, 'exactly one insert succeeds');
    const replaced = await Promise.all(rows.map((row) => journal.update({ ...row, revision: 2 }, 1)));
    assert.equal(replaced.filter((yes) => yes).length, 1, 'exactly one update succeeds');
    const there = await journal.find(rowOf(scene), rowOf(scene).key);
    assert.equal(there?.fingerprint, `of-${replaced.indexOf(true)}`);
  },

  async "journal: unfinished lists one account's rows, newest first"(scene) {
    const { journal, two } = scene;
    for (const [n, phase] of PHASES.entries()) {
      await journal.insert(rowOf(scene, { key: phase, phase, publishId: `id-${n}`, updatedAt: AT + n }));
    }
    await journal.insert(rowOf(scene, { tenant: two, key: 'other' }));
    const unfinished = await journal.unfinished(rowOf(scene));
    assert.deepEqual(unfinished.map((row) => row.key), ['PROCESSING', 'LAST_CHUNK', 'SENDING', 'INTENT']);
    assert.deepEqual(await journal.unfinished({ tenant: two, accountId: 'unknown' }), []);
  },

  async 'journal: expire deletes only finished rows before the limit'(scene) {
    const { journal } = scene;
    for (const phase of PHASES) {
      await journal.insert(rowOf(scene, { key: `${phase} old`, phase, publishId: null, updatedAt: AT }));
      await journal.insert(rowOf(scene, { key: `${phase} new`, phase, publishId: null, updatedAt: AT + 1 }));
    }
    assert.equal(await journal.expire(AT + 1), 2, 'expire resolves to the number of deleted rows');
    for (const phase of PHASES) {
      const ended = phase === 'DONE' || phase === 'FAILED';
      assert.equal((await journal.find(rowOf(scene), `${phase} old`)) === null, ended, `${phase} old`);
      assert.notEqual(await journal.find(rowOf(scene), `${phase} new`), null, `${phase} new`);
    }
    assert.equal(await journal.expire(AT + 1), 0);
  },

  async 'journal: forget deletes all rows of one account only'(scene) {
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
