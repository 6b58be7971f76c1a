/** Options of `close` with a deadline. */
export interface CloseOptions {
  /** The maximum time for closing, in milliseconds: a whole number, 0 or more. */
  deadlineMs: number;
}

/** A publish that a closed client left without an outcome. */
export interface LeftPublish {
  tenant: string;
  accountId: string;
  /** To continue in another process, pass it to `resumePublish` or publish the same post again with it. */
  idempotencyKey: string;
  /** TikTok's id of the publish; `null` when this process does not know whether TikTok has created it. */
  publishId: string | null;
}

/** The result of `close` with a deadline. */
export interface CloseReport {
  /** `true` when all work has ended; `false` when the deadline passed first. The remaining work then runs until the process ends. */
  complete: boolean;
  /** The publishes without an outcome, in the order in which they started. */
  publishes: LeftPublish[];
}
