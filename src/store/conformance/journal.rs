//! Conformance checks of a [`JournalStore`].

use crate::clock::Timestamp;
use crate::error::Result;
use crate::model::{AccountKey, PublishPhase};
use crate::store::{JournalStore, PublishRow};
use futures_util::future::try_join_all;

const PHASES: [PublishPhase; 6] = [
    PublishPhase::Intent,
    PublishPhase::Sending,
    PublishPhase::LastChunk,
    PublishPhase::Processing,
    PublishPhase::Done,
    PublishPhase::Failed,
];

fn at(ms: i64) -> Timestamp {
    Timestamp::from_millis(ms)
}

fn intent(account: AccountKey, key: &str) -> PublishRow {
    PublishRow {
        key: key.into(),
        account,
        attempt: "0123456789abcdef0123456789abcdef".into(),
        revision: 1,
        phase: PublishPhase::Intent,
        publish_id: None,
        upload_url_sealed: None,
        fingerprint: "sha256:00".into(),
        video_size: 4_000_000_000,
        chunk_size: 10_485_760,
        may_become_public: true,
        accepted_bytes: 0,
        photos: false,
        draft: true,
        pulled: false,
        post_ids: Vec::new(),
        fail_reason: None,
        cancel_requested: false,
        last_error: None,
        created_at: at(1),
        updated_at: at(1),
    }
}

/// Checks that `store` meets the requirements of [`JournalStore`].
///
/// # Panics
/// Panics at the first requirement that the store violates.
pub async fn journal(store: &dyn JournalStore) -> Result<()> {
    rows_come_back_as_they_were(store).await?;
    a_row_is_written_from_its_revision_alone(store).await?;
    of_many_writers_one_wins(store).await?;
    what_has_no_end_is_listed(store).await?;
    what_ended_expires(store).await?;
    an_account_is_forgotten(store).await
}

async fn rows_come_back_as_they_were(store: &dyn JournalStore) -> Result<()> {
    let mut row = intent(AccountKey::new("t", "1"), "post-1");
    assert_eq!(store.find(&row.account, &row.key).await?, None);
    assert!(store.insert(&row).await?, "the first insert writes the row");
    let again = PublishRow { fingerprint: "sha256:ff".into(), created_at: at(9), ..row.clone() };
    assert!(!store.insert(&again).await?, "the second insert writes nothing");
    assert_eq!(
        store.find(&row.account, &row.key).await?.as_ref(),
        Some(&row),
        "the second insert changes nothing"
    );
    for account in [AccountKey::new("t", "2"), AccountKey::new("", "1")] {
        assert!(store.insert(&intent(account, "post-1")).await?, "two accounts may use the same key");
    }
    for (n, phase) in (1..).zip(PHASES) {
        let read = row.revision;
        row.phase = phase;
        row.attempt = format!("attempt-{n}");
        row.revision += 1;
        row.publish_id = Some(format!("v_pub_file~v2-1.123{n}"));
        row.post_ids = vec!["7590547243062919890".into()];
        row.fail_reason = Some("spam_risk".into());
        row.cancel_requested = n % 2 == 1;
        row.last_error = (n % 2 == 0).then(|| r#"{"code":"UNAVAILABLE"}"#.into());
        row.upload_url_sealed = (phase != PublishPhase::Done).then(|| "sealed-url".into());
        row.accepted_bytes += 64 * 1024 * 1024;
        row.updated_at = at(1 + n);
        assert!(store.update_if(&row, read).await?, "an update of the revision that was read succeeds");
        assert_eq!(store.find(&row.account, &row.key).await?.as_ref(), Some(&row));
        let id = row.publish_id.clone().unwrap_or_default();
        assert_eq!(store.find_publish(&id).await?.as_ref(), Some(&row));
    }
    assert_eq!(store.find_publish("v_pub_file~v2-1.12").await?, None);
    assert_eq!(store.find_publish("").await?, None);
    Ok(())
}

async fn a_row_is_written_from_its_revision_alone(store: &dyn JournalStore) -> Result<()> {
    let account = AccountKey::new("t", "revisions");
    let row = intent(account.clone(), "k");
    let next = PublishRow { revision: 2, phase: PublishPhase::Sending, ..row.clone() };
    assert!(!store.update_if(&next, 1).await?, "`update_if` must return false when the row does not exist");
    assert_eq!(store.find(&account, "k").await?, None, "a conditional write creates no row");
    assert!(store.insert(&row).await?);
    for wrong in [0, 2, 257, u64::from(u32::MAX)] {
        assert!(!store.update_if(&next, wrong).await?, "the row does not have revision {wrong}");
    }
    assert_eq!(store.find(&account, "k").await?.as_ref(), Some(&row), "a rejected write changes nothing");
    assert!(store.update_if(&next, 1).await?);
    // Writes the same row once more, like a process that was suspended after reading the row.
    assert!(!store.update_if(&PublishRow { attempt: "other".into(), ..next.clone() }, 1).await?);
    assert_eq!(store.find(&account, "k").await?, Some(next), "the row of the successful write is kept");
    Ok(())
}

async fn of_many_writers_one_wins(store: &dyn JournalStore) -> Result<()> {
    let account = AccountKey::new("t", "race");
    let rows: Vec<_> = (0..16)
        .map(|n| PublishRow { attempt: format!("attempt-{n}"), ..intent(account.clone(), "k") })
        .collect();
    let inserted = try_join_all(rows.iter().map(|row| store.insert(row))).await?;
    assert_eq!(inserted.iter().filter(|&&won| won).count(), 1, "exactly one of several inserts succeeds");
    let winner = inserted.iter().position(|&won| won).map(|n| rows[n].attempt.clone());
    assert_eq!(store.find(&account, "k").await?.map(|row| row.attempt), winner);
    let rows: Vec<_> = rows.into_iter().map(|row| PublishRow { revision: 2, ..row }).collect();
    let replaced = try_join_all(rows.iter().map(|row| store.update_if(row, 1))).await?;
    assert_eq!(
        replaced.iter().filter(|&&won| won).count(),
        1,
        "exactly one of several writers of a revision succeeds"
    );
    let winner = replaced.iter().position(|&won| won).map(|n| rows[n].attempt.clone());
    assert_eq!(store.find(&account, "k").await?.map(|row| row.attempt), winner);
    Ok(())
}

async fn what_has_no_end_is_listed(store: &dyn JournalStore) -> Result<()> {
    let account = AccountKey::new("t", "unfinished");
    assert_eq!(store.unfinished(&account).await?, []);
    for (n, phase) in (0..).zip(PHASES) {
        store
            .insert(&PublishRow { phase, updated_at: at(n), ..intent(account.clone(), phase.as_str()) })
            .await?;
    }
    store.insert(&intent(AccountKey::new("", "unfinished"), "other")).await?;
    let keys: Vec<_> = store.unfinished(&account).await?.into_iter().map(|row| row.key).collect();
    assert_eq!(
        keys,
        ["PROCESSING", "LAST_CHUNK", "SENDING", "INTENT"],
        "the most recently written row comes first"
    );
    Ok(())
}

async fn what_ended_expires(store: &dyn JournalStore) -> Result<()> {
    const OLD: i64 = -1_000_000;
    let account = AccountKey::new("t", "expiry");
    for phase in PHASES {
        for (age, time) in [("old", OLD), ("new", OLD + 1)] {
            let row = intent(account.clone(), &format!("{}-{age}", phase.as_str()));
            store.insert(&PublishRow { phase, updated_at: at(time), ..row }).await?;
        }
    }
    assert_eq!(store.expire(at(OLD + 1)).await?, 2, "the rows that ended earlier are deleted");
    for phase in PHASES {
        let ended = matches!(phase, PublishPhase::Done | PublishPhase::Failed);
        for (age, kept) in [("old", !ended), ("new", true)] {
            let key = format!("{}-{age}", phase.as_str());
            assert_eq!(store.find(&account, &key).await?.is_some(), kept, "{key}");
        }
    }
    assert_eq!(store.expire(at(OLD + 1)).await?, 0);
    Ok(())
}

async fn an_account_is_forgotten(store: &dyn JournalStore) -> Result<()> {
    let (gone, stays) = (AccountKey::new("t", "forget"), AccountKey::new("t", "forget-2"));
    for phase in PHASES {
        for account in [&gone, &stays] {
            store.insert(&PublishRow { phase, ..intent(account.clone(), phase.as_str()) }).await?;
        }
    }
    store.forget(&gone).await?;
    for phase in PHASES {
        assert_eq!(store.find(&gone, phase.as_str()).await?, None, "every row of the account is deleted");
        assert!(store.find(&stays, phase.as_str()).await?.is_some(), "no row of another account is deleted");
    }
    store.forget(&gone).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::BoxFuture;
    use crate::store::MemoryStore;

    /// A requirement that the faulty store violates.
    #[derive(Debug, Clone, Copy)]
    enum Fault {
        /// Replaces a row regardless of its revision.
        Unconditional,
        /// Compares first and writes later, so that two writers can succeed.
        Racy,
        /// Reports a write that it did not perform.
        Boastful,
        /// Overwrites an existing row on insert.
        InsertsTwice,
        /// Deletes rows that have not ended.
        ExpiresAll,
        /// Keeps the rows of a deleted account.
        Remembers,
        /// Does not store a cancel request.
        DropsCancelRequests,
        /// Does not store the error of the last attempt.
        DropsErrors,
    }

    #[derive(Debug)]
    struct Broken(MemoryStore, Fault);

    impl Broken {
        async fn overwrite(&self, row: &PublishRow) -> Result<bool> {
            match self.0.find(&row.account, &row.key).await? {
                Some(there) => self.0.update_if(row, there.revision).await,
                None => Ok(false),
            }
        }
    }

    impl JournalStore for Broken {
        fn insert<'a>(&'a self, row: &'a PublishRow) -> BoxFuture<'a, Result<bool>> {
            Box::pin(async move {
                let inserted = self.0.insert(row).await?;
                Ok(if matches!(self.1, Fault::InsertsTwice) { self.overwrite(row).await? } else { inserted })
            })
        }

        fn find<'a>(
            &'a self,
            account: &'a AccountKey,
            key: &'a str,
        ) -> BoxFuture<'a, Result<Option<PublishRow>>> {
            self.0.find(account, key)
        }

        fn find_publish<'a>(&'a self, publish_id: &'a str) -> BoxFuture<'a, Result<Option<PublishRow>>> {
            self.0.find_publish(publish_id)
        }

        fn update_if<'a>(&'a self, row: &'a PublishRow, expected: u64) -> BoxFuture<'a, Result<bool>> {
            Box::pin(async move {
                match self.1 {
                    Fault::Unconditional => self.overwrite(row).await,
                    Fault::Boastful => self.0.update_if(row, expected).await.map(|_| true),
                    Fault::Racy => {
                        let there = self.0.find(&row.account, &row.key).await?;
                        tokio::task::yield_now().await;
                        let fits = there.is_some_and(|there| there.revision == expected);
                        Ok(fits && self.overwrite(row).await?)
                    }
                    Fault::DropsCancelRequests => {
                        let row = PublishRow { cancel_requested: false, ..row.clone() };
                        self.0.update_if(&row, expected).await
                    }
                    Fault::DropsErrors => {
                        let row = PublishRow { last_error: None, ..row.clone() };
                        self.0.update_if(&row, expected).await
                    }
                    _ => self.0.update_if(row, expected).await,
                }
            })
        }

        fn unfinished<'a>(&'a self, account: &'a AccountKey) -> BoxFuture<'a, Result<Vec<PublishRow>>> {
            self.0.unfinished(account)
        }

        fn expire(&self, ended_before: Timestamp) -> BoxFuture<'_, Result<u64>> {
            Box::pin(async move {
                if matches!(self.1, Fault::ExpiresAll) {
                    self.0.forget(&AccountKey::new("t", "expiry")).await?;
                    return Ok(2);
                }
                JournalStore::expire(&self.0, ended_before).await
            })
        }

        fn forget<'a>(&'a self, account: &'a AccountKey) -> BoxFuture<'a, Result<()>> {
            Box::pin(async move {
                if matches!(self.1, Fault::Remembers) { Ok(()) } else { self.0.forget(account).await }
            })
        }
    }

    #[tokio::test]
    async fn journal_store_with_any_known_fault_is_detected() {
        for fault in [
            Fault::Unconditional,
            Fault::Racy,
            Fault::Boastful,
            Fault::InsertsTwice,
            Fault::ExpiresAll,
            Fault::Remembers,
            Fault::DropsCancelRequests,
            Fault::DropsErrors,
        ] {
            let checked = tokio::spawn(async move { journal(&Broken(MemoryStore::new(), fault)).await });
            assert!(
                checked.await.is_err_and(|end| end.is_panic()),
                "a store with the fault {fault:?} passes the checks"
            );
        }
    }
}
