-- Keys, tokens and leases have binary columns, because a collation may ignore case or trailing spaces.
-- The tables of toklink's SQL stores (toklink/pg, toklink/kysely, toklink/drizzle). Times are milliseconds since 1970-01-01 UTC.
CREATE TABLE toklink_accounts (
  tenant varbinary(255) NOT NULL,
  account_id varbinary(255) NOT NULL,
  display_name text NOT NULL,
  username text,
  avatar_url text,
  scopes text NOT NULL,
  requested_scopes text NOT NULL,
  access_token_sealed blob NOT NULL,
  refresh_token_sealed blob,
  access_expires_at bigint NOT NULL,
  refresh_expires_at bigint,
  status varchar(16) NOT NULL,
  connected_at bigint NOT NULL,
  connected_by text NOT NULL,
  refresh_started_at bigint,
  version bigint NOT NULL DEFAULT 0,
  PRIMARY KEY (tenant, account_id)
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE toklink_publishes (
  tenant varbinary(255) NOT NULL,
  account_id varbinary(255) NOT NULL,
  idempotency_key varbinary(255) NOT NULL,
  attempt text NOT NULL,
  revision bigint NOT NULL,
  phase varchar(16) NOT NULL,
  publish_id varchar(191),
  upload_url_sealed text,
  fingerprint text NOT NULL,
  video_size bigint NOT NULL,
  chunk_size bigint NOT NULL,
  accepted_bytes bigint NOT NULL,
  may_become_public smallint NOT NULL,
  photos smallint NOT NULL,
  draft smallint NOT NULL,
  pulled smallint NOT NULL,
  post_ids text NOT NULL,
  fail_reason text,
  cancel_requested smallint NOT NULL,
  last_error text,
  created_at bigint NOT NULL,
  updated_at bigint NOT NULL,
  PRIMARY KEY (tenant, account_id, idempotency_key)
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE INDEX toklink_publishes_publish_id ON toklink_publishes (publish_id);
CREATE INDEX toklink_publishes_ended ON toklink_publishes (phase, updated_at);

CREATE TABLE toklink_leases (
  name varbinary(1024) PRIMARY KEY,
  owner varbinary(255) NOT NULL,
  ends_at bigint NOT NULL,
  version bigint NOT NULL DEFAULT 0
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE toklink_metrics (
  tenant varbinary(255) NOT NULL,
  account_id varbinary(255) NOT NULL,
  day char(10) NOT NULL,
  followers bigint NOT NULL,
  following bigint NOT NULL,
  likes bigint NOT NULL,
  video_count bigint NOT NULL,
  videos_read bigint NOT NULL,
  views bigint NOT NULL,
  video_likes bigint NOT NULL,
  comments bigint NOT NULL,
  shares bigint NOT NULL,
  read_at bigint NOT NULL,
  PRIMARY KEY (tenant, account_id, day)
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE toklink_requests (
  quota_window varchar(191) NOT NULL,
  answered_at bigint NOT NULL
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE INDEX toklink_requests_answered_at ON toklink_requests (answered_at);
