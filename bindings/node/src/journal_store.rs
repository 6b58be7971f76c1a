//! The journal of publishes in a host's store. The host has one conditional write; what a step of a publish may and may
//! not overwrite is decided here, by the core's own rules.

use crate::input::Fields;
use crate::store::{HostStore, key_value, malformed};
use serde_json::{Value, json};
use toklink::clock::BoxFuture;
use toklink::store::{AccountKey, JournalStore, PublishPhase, PublishRow, Settlement};
use toklink::{Error, ErrorKind, Owner, Result, Retry, Timestamp};

/// How often a write is tried again when another came between: each time somebody else got ahead.
const ATTEMPTS: usize = 32;

/// A row, and how often it was written: the host compares that number.
struct Kept {
    row: PublishRow,
    revision: u64,
}

/// Asked only of a store that has all of the journal's functions.
impl JournalStore for HostStore {
    fn begin<'a>(&'a self, row: &'a PublishRow) -> BoxFuture<'a, Result<Option<PublishRow>>> {
        Box::pin(async move {
            for _ in 0..ATTEMPTS {
                if self.flag("insertPublish", json!({ "row": row_value(row, 1) })).await? {
                    return Ok(None);
                }
                // Gone again when the account was erased in between.
                if let Some(there) = self.kept(&row.account, &row.key).await? {
                    return Ok(Some(there.row));
                }
            }
            Err(contended())
        })
    }

    fn update<'a>(&'a self, row: &'a PublishRow) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            for _ in 0..ATTEMPTS {
                let there = self.kept(&row.account, &row.key).await?.ok_or_else(no_such_publish)?;
                if row.is_outdated_by(&there.row) || self.swap(row, there.revision).await? {
                    return Ok(());
                }
            }
            Err(contended())
        })
    }

    fn find<'a>(
        &'a self,
        account: &'a AccountKey,
        key: &'a str,
    ) -> BoxFuture<'a, Result<Option<PublishRow>>> {
        Box::pin(async move { Ok(self.kept(account, key).await?.map(|kept| kept.row)) })
    }

    fn find_publish<'a>(&'a self, publish_id: &'a str) -> BoxFuture<'a, Result<Option<PublishRow>>> {
        Box::pin(async move { Ok(self.kept_publish(publish_id).await?.map(|kept| kept.row)) })
    }

    fn settle<'a>(
        &'a self,
        account: &'a AccountKey,
        publish_id: &'a str,
        settlement: &'a Settlement,
    ) -> BoxFuture<'a, Result<Option<bool>>> {
        Box::pin(async move {
            for _ in 0..ATTEMPTS {
                let there = self.kept_publish(publish_id).await?;
                let Some(Kept { mut row, revision }) = there.filter(|kept| kept.row.account == *account)
                else {
                    return Ok(None);
                };
                if !row.settle(settlement) {
                    return Ok(Some(false));
                }
                if self.swap(&row, revision).await? {
                    return Ok(Some(true));
                }
            }
            Err(contended())
        })
    }

    fn unfinished<'a>(&'a self, account: &'a AccountKey) -> BoxFuture<'a, Result<Vec<PublishRow>>> {
        const METHOD: &str = "unfinishedPublishes";
        Box::pin(async move {
            let Value::Array(rows) = self.ask(METHOD, json!({ "key": key_value(account) })).await? else {
                return Err(malformed(METHOD, "must resolve to a list of rows"));
            };
            let mine = |kept: Kept| (kept.row.account == *account).then_some(kept.row);
            rows.into_iter().map(|row| read(METHOD, row).map(mine)).filter_map(Result::transpose).collect()
        })
    }
}

impl HostStore {
    async fn kept(&self, account: &AccountKey, key: &str) -> Result<Option<Kept>> {
        const METHOD: &str = "findPublish";
        match self.ask(METHOD, json!({ "key": key_value(account), "publish": key })).await? {
            Value::Null => Ok(None),
            row => match read(METHOD, row)? {
                kept if kept.row.account == *account && kept.row.key == key => Ok(Some(kept)),
                _ => Err(malformed(METHOD, "resolved to another publish than it was asked for")),
            },
        }
    }

    async fn kept_publish(&self, publish_id: &str) -> Result<Option<Kept>> {
        const METHOD: &str = "findPublishById";
        if publish_id.is_empty() {
            return Ok(None);
        }
        match self.ask(METHOD, json!({ "publishId": publish_id })).await? {
            Value::Null => Ok(None),
            row => match read(METHOD, row)? {
                kept if kept.row.publish_id.as_deref() == Some(publish_id) => Ok(Some(kept)),
                _ => Err(malformed(METHOD, "resolved to another publish than it was asked for")),
            },
        }
    }

    async fn swap(&self, row: &PublishRow, revision: u64) -> Result<bool> {
        let args = json!({ "row": row_value(row, revision + 1), "revision": revision });
        self.flag("swapPublish", args).await
    }

    async fn flag(&self, method: &'static str, args: Value) -> Result<bool> {
        self.ask(method, args)
            .await?
            .as_bool()
            .ok_or_else(|| malformed(method, "must resolve to true or false"))
    }
}

fn row_value(row: &PublishRow, revision: u64) -> Value {
    json!({
        "tenant": row.account.tenant,
        "accountId": row.account.open_id,
        "key": row.key,
        "revision": revision,
        "phase": row.phase.as_str(),
        "publishId": row.publish_id,
        "uploadUrlSealed": row.upload_url_sealed,
        "fingerprint": row.fingerprint,
        "videoSize": row.video_size,
        "chunkSize": row.chunk_size,
        "mayBecomePublic": row.may_become_public,
        "acceptedBytes": row.accepted_bytes,
        "photos": row.photos,
        "draft": row.draft,
        "pulled": row.pulled,
        "postIds": row.post_ids,
        "failReason": row.fail_reason,
        "createdAt": row.created_at.as_millis(),
        "updatedAt": row.updated_at.as_millis(),
    })
}

fn read(method: &'static str, row: Value) -> Result<Kept> {
    fields(row).map_err(|fault| malformed(method, &format!("resolved to a row in which {}", fault.message())))
}

fn fields(row: Value) -> Result<Kept> {
    let mut row = Fields::from_value("the row", row)?;
    let phase = PublishPhase::parse(&row.text("phase")?)
        .ok_or_else(|| Error::invalid("phase is none that this version knows"))?;
    Ok(Kept {
        revision: row.whole("revision")?,
        row: PublishRow {
            key: row.text("key")?,
            account: AccountKey::new(row.text("tenant")?, row.text("accountId")?),
            phase,
            publish_id: row.optional_text("publishId")?,
            upload_url_sealed: row.optional_text("uploadUrlSealed")?,
            fingerprint: row.text("fingerprint")?,
            video_size: row.whole("videoSize")?,
            chunk_size: row.whole("chunkSize")?,
            may_become_public: row.flag("mayBecomePublic")?,
            accepted_bytes: row.whole("acceptedBytes")?,
            photos: row.flag("photos")?,
            draft: row.flag("draft")?,
            pulled: row.flag("pulled")?,
            post_ids: row.optional_texts("postIds")?.unwrap_or_default(),
            fail_reason: row.optional_text("failReason")?,
            created_at: Timestamp::from_millis(row.whole("createdAt")?),
            updated_at: Timestamp::from_millis(row.whole("updatedAt")?),
        },
    })
}

fn no_such_publish() -> Error {
    Error::new(
        ErrorKind::NotFound,
        "The journal has no publish with this account and key: begin it before it is updated.",
    )
}

fn contended() -> Error {
    Error::new(
        ErrorKind::Unavailable,
        "others kept writing this publish in the store: try again, and look for processes that post under one key",
    )
    .with_owner(Owner::App)
    .with_retry(Retry::Backoff)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row() -> PublishRow {
        PublishRow {
            key: "key-1".to_owned(),
            account: AccountKey::new("acme", "-000abc"),
            phase: PublishPhase::Sending,
            publish_id: Some("v_pub_file~v2-1.7590547243062919890".to_owned()),
            upload_url_sealed: Some("sealed".to_owned()),
            fingerprint: "2/ab/4000000000-cd".to_owned(),
            video_size: 4_000_000_000,
            chunk_size: 64_000_000,
            may_become_public: true,
            accepted_bytes: 128_000_000,
            photos: false,
            draft: true,
            pulled: false,
            post_ids: vec!["7590547243062919890".to_owned()],
            fail_reason: None,
            created_at: Timestamp::from_millis(1_767_312_000_123),
            updated_at: Timestamp::from_millis(7),
        }
    }

    #[test]
    fn a_row_survives_the_way_to_javascript_and_back() {
        let kept = read("findPublish", row_value(&row(), 3)).unwrap();
        assert_eq!((kept.row, kept.revision), (row(), 3));
    }

    #[test]
    fn a_phase_that_is_none_is_told_with_the_method() {
        let mut value = row_value(&row(), 1);
        value["phase"] = "PAUSED".into();
        let Err(error) = read("findPublish", value) else { panic!("it was read") };
        assert_eq!(error.kind(), ErrorKind::Config);
        assert!(error.message().contains("findPublish") && error.message().contains("phase"));
    }
}
