/** Options of `close`. */
export interface CloseOptions {
  /** The longest time that closing may take, in milliseconds: a whole number, 0 or more. */
  deadlineMs: number;
}

/** A publish that a closed client left without an outcome. */
export interface LeftPublish {
  tenant: string;
  accountId: string;
  /** Pass it to `resumePublish` in another process, or publish the same post again under it. */
  idempotencyKey: string;
  /** TikTok's id; `null` when TikTok had not created the publish as far as this process knows. */
  publishId: string | null;
}

/** The state in which a client was closed. */
export interface CloseReport {
  /** `true` when all work has ended; `false` when the deadline passed first, so that work continues until the process ends. */
  complete: boolean;
  /** The publishes without an outcome, in the order in which they started. */
  publishes: LeftPublish[];
}
