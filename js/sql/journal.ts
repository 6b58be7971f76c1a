import type { JournalStore, PublishRow } from '../types.js';
import { flag, list, number, text } from './executor.js';
import type { Sql, Value } from './executor.js';

const ENDED = "phase IN ('DONE', 'FAILED')";

/** Returns the publish journal in the table `toklink_publishes`. Each write is one conditional statement. */
export function sqlJournal(sql: Sql): JournalStore {
  return {
    insert: (row) => sql.inserts('toklink_publishes', columnsOf(row)),

    async find({ tenant, accountId }, key) {
      return rowOf(
        await sql.rows('SELECT * FROM toklink_publishes WHERE tenant = ? AND account_id = ? AND idempotency_key = ?', [tenant, accountId, key]),
      );
    },

    async findPublish(publishId) {
      return rowOf(await sql.rows('SELECT * FROM toklink_publishes WHERE publish_id = ? ORDER BY updated_at DESC LIMIT 1', [publishId]));
    },

    update(row, revision) {
      const { tenant, account_id: accountId, idempotency_key: key, ...columns } = columnsOf(row);
      const assignments = Object.keys(columns).map((name) => `${name} = ?`);
      return sql.writes(
        `UPDATE toklink_publishes SET ${assignments.join(', ')} WHERE tenant = ? AND account_id = ? AND idempotency_key = ? AND revision = ?`,
        [...Object.values(columns), tenant ?? '', accountId ?? '', key ?? '', String(revision)],
      );
    },

    async unfinished({ tenant, accountId }) {
      const rows = await sql.rows(
        `SELECT * FROM toklink_publishes WHERE tenant = ? AND account_id = ? AND NOT ${ENDED} ORDER BY updated_at DESC`,
        [tenant, accountId],
      );
      return rows.flatMap((row) => rowOf([row]) ?? []);
    },

    async expire(before) {
      return (await sql.run(`DELETE FROM toklink_publishes WHERE ${ENDED} AND updated_at < ?`, [before])).changes;
    },

    async forget({ tenant, accountId }) {
      await sql.run('DELETE FROM toklink_publishes WHERE tenant = ? AND account_id = ?', [tenant, accountId]);
    },
  };
}

function columnsOf(row: PublishRow): Record<string, Value> {
  return {
    tenant: row.tenant,
    account_id: row.accountId,
    idempotency_key: row.key,
    attempt: row.attempt,
    // A string, because revisions reach 2^53 and some drivers bind numbers as 32-bit integers.
    revision: String(row.revision),
    phase: row.phase,
    publish_id: row.publishId,
    upload_url_sealed: row.uploadUrlSealed,
    fingerprint: row.fingerprint,
    video_size: row.videoSize,
    chunk_size: row.chunkSize,
    accepted_bytes: row.acceptedBytes,
    may_become_public: Number(row.mayBecomePublic),
    photos: Number(row.photos),
    draft: Number(row.draft),
    pulled: Number(row.pulled),
    post_ids: JSON.stringify(row.postIds),
    fail_reason: row.failReason,
    cancel_requested: Number(row.cancelRequested),
    last_error: row.lastError,
    created_at: row.createdAt,
    updated_at: row.updatedAt,
  };
}

function rowOf([row]: Record<string, unknown>[]): PublishRow | null {
  if (row === undefined) return null;
  return {
    tenant: String(row['tenant']),
    accountId: String(row['account_id']),
    key: String(row['idempotency_key']),
    attempt: String(row['attempt']),
    revision: number(row['revision']),
    phase: String(row['phase']) as PublishRow['phase'],
    publishId: text(row['publish_id']),
    uploadUrlSealed: text(row['upload_url_sealed']),
    fingerprint: String(row['fingerprint']),
    videoSize: number(row['video_size']),
    chunkSize: number(row['chunk_size']),
    acceptedBytes: number(row['accepted_bytes']),
    mayBecomePublic: flag(row['may_become_public']),
    photos: flag(row['photos']),
    draft: flag(row['draft']),
    pulled: flag(row['pulled']),
    postIds: list(row['post_ids']),
    failReason: text(row['fail_reason']),
    cancelRequested: flag(row['cancel_requested']),
    lastError: text(row['last_error']),
    createdAt: number(row['created_at']),
    updatedAt: number(row['updated_at']),
  };
}
