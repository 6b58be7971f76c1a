//! The publish journal in a host's own store. The host provides one conditional write. The core decides which rows a
//! step of a publish may overwrite.

use super::{HostStore, key_value, malformed};
use crate::input::Fields;
use serde_json::{Value, json};
use toklink::clock::BoxFuture;
use toklink::store::{JournalStore, PublishRow};
use toklink::{AccountKey, PublishPhase};
use toklink::{Error, Result, Timestamp};

impl JournalStore for HostStore {
    fn insert<'a>(&'a self, row: &'a PublishRow) -> BoxFuture<'a, Result<bool>> {
        Box::pin(self.ask_flag("journal.insert", json!([row_value(row)])))
    }

    fn find<'a>(
        &'a self,
        account: &'a AccountKey,
        key: &'a str,
    ) -> BoxFuture<'a, Result<Option<PublishRow>>> {
        const METHOD: &str = "journal.find";
        Box::pin(async move {
            match self.ask(METHOD, json!([key_value(account), key])).await? {
                Value::Null => Ok(None),
                row => match read(METHOD, row)? {
                    row if row.account == *account && row.key == key => Ok(Some(row)),
                    _ => Err(malformed(METHOD, "resolved to a different publish than requested")),
                },
            }
        })
    }

    fn find_publish<'a>(&'a self, publish_id: &'a str) -> BoxFuture<'a, Result<Option<PublishRow>>> {
        const METHOD: &str = "journal.findPublish";
        Box::pin(async move {
            if publish_id.is_empty() {
                return Ok(None);
            }
            match self.ask(METHOD, json!([publish_id])).await? {
                Value::Null => Ok(None),
                row => match read(METHOD, row)? {
                    row if row.publish_id.as_deref() == Some(publish_id) => Ok(Some(row)),
                    _ => Err(malformed(METHOD, "resolved to a different publish than requested")),
                },
            }
        })
    }

    fn update_if<'a>(&'a self, row: &'a PublishRow, expected: u64) -> BoxFuture<'a, Result<bool>> {
        Box::pin(self.ask_flag("journal.update", json!([row_value(row), expected])))
    }

    fn unfinished<'a>(&'a self, account: &'a AccountKey) -> BoxFuture<'a, Result<Vec<PublishRow>>> {
        const METHOD: &str = "journal.unfinished";
        Box::pin(async move {
            let Value::Array(rows) = self.ask(METHOD, json!([key_value(account)])).await? else {
                return Err(malformed(METHOD, "must resolve to a list of rows"));
            };
            let rows = rows.into_iter().map(|row| read(METHOD, row)).collect::<Result<Vec<_>>>()?;
            Ok(rows.into_iter().filter(|row| row.account == *account).collect())
        })
    }

    fn expire(&self, ended_before: Timestamp) -> BoxFuture<'_, Result<u64>> {
        const METHOD: &str = "journal.expire";
        Box::pin(async move {
            let deleted = self.ask(METHOD, json!([ended_before.as_millis()])).await?;
            deleted
                .as_u64()
                .ok_or_else(|| malformed(METHOD, "must resolve to the number of rows that it deleted"))
        })
    }

    fn forget<'a>(&'a self, account: &'a AccountKey) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move { self.ask("journal.forget", json!([key_value(account)])).await.map(drop) })
    }
}

fn row_value(row: &PublishRow) -> Value {
    json!({
        "tenant": row.account.tenant,
        "accountId": row.account.open_id,
        "key": row.key,
        "attempt": row.attempt,
        "revision": row.revision,
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
        "cancelRequested": row.cancel_requested,
        "lastError": row.last_error,
        "createdAt": row.created_at.as_millis(),
        "updatedAt": row.updated_at.as_millis(),
    })
}

fn read(method: &'static str, row: Value) -> Result<PublishRow> {
    fields(row).map_err(|fault| malformed(method, &format!("resolved to a row in which {}", fault.message())))
}

fn fields(row: Value) -> Result<PublishRow> {
    let mut row = Fields::from_value("the row", row)?;
    let phase = PublishPhase::parse(&row.text("phase")?)
        .ok_or_else(|| Error::invalid("phase is not one that this version supports"))?;
    Ok(PublishRow {
        key: row.text("key")?,
        account: AccountKey::new(row.text("tenant")?, row.text("accountId")?),
        // The host's table may be from an earlier version that lacks this column.
        attempt: row.optional_text("attempt")?.unwrap_or_default(),
        revision: row.whole("revision")?,
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
        // The host's table may be from an earlier version that lacks this column too.
        cancel_requested: row.flag("cancelRequested")?,
        last_error: row.optional_text("lastError")?,
        created_at: Timestamp::from_millis(row.whole("createdAt")?),
        updated_at: Timestamp::from_millis(row.whole("updatedAt")?),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use toklink::ErrorKind;

    fn row() -> PublishRow {
        PublishRow {
            key: "key-1".to_owned(),
            account: AccountKey::new("acme", "-000abc"),
            attempt: "0123456789abcdef0123456789abcdef".to_owned(),
            revision: 3,
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
            cancel_requested: true,
            last_error: Some(r#"{"code":"UNAVAILABLE"}"#.to_owned()),
            created_at: Timestamp::from_millis(1_767_312_000_123),
            updated_at: Timestamp::from_millis(7),
        }
    }

    #[test]
    fn publish_row_round_trips_through_javascript() {
        assert_eq!(read("journal.find", row_value(&row())).unwrap(), row());
    }

    #[test]
    fn error_for_an_unknown_phase_names_the_method() {
        let mut value = row_value(&row());
        value["phase"] = "PAUSED".into();
        let Err(error) = read("journal.find", value) else { panic!("it was read") };
        assert_eq!(error.kind(), ErrorKind::Config);
        assert!(error.message().contains("journal.find") && error.message().contains("phase"));
    }
}
