//! Refreshes a rotating token: acquires a lease across processes, records an intent before the call, and stores the
//! result with a compare-and-swap. A new refresh token invalidates the old one (docs/tiktok-api.md 2.2), so a lost
//! response or a lost race would end the user's connection. The lease and the clocks only save calls; safety depends on
//! the compare-and-swap alone.

use super::account::{ACCESS_TOKEN, REFRESH_TOKEN, seal_context};
use super::events::EventSender;
use super::expired_error::expired;
use super::failpoints::{Failpoint, failpoint};
use super::lifetime::{MAX_MARGIN, margin, usable_until};
use crate::clock::{Clock, Timestamp};
use crate::config::Config;
use crate::error::{Dispatch, Error, ErrorKind, Owner, Reason, Result, Retry};
use crate::model::{AccountKey, AccountStatus};
use crate::oauth::{TokenSet, parse_refresh_reply, refresh_form};
use crate::secret::Secret;
use crate::store::{AccountPatch, AccountRow, AccountStore, Expected, LeaseStore};
use crate::transport::{HttpReply, Transport, token_call};
use crate::vault::Purpose;
use dashmap::DashMap;
use std::sync::Arc;
use std::time::Duration;

/// Duration of the lease: three times the longest call. An open intent is assumed to belong to a running process for
/// the same time.
pub(super) const LEASE: Duration = Duration::from_secs(60);
/// The interval at which the row is read while another process refreshes the token.
pub(super) const LEASE_POLL: Duration = Duration::from_millis(250);
/// The maximum assumed clock error of a process that wrote a lease that never seems to expire.
const MAX_CLOCK_ERROR: Duration = Duration::from_secs(366 * 86_400);
/// Maximum number of retries when the row changes between the read and the write of the intent.
const MAX_READS: u32 = 5;

/// An access token that stays valid for the duration of a call.
#[derive(Debug, Clone)]
pub(crate) struct Bearer {
    pub(crate) token: Secret,
    pub(crate) scopes: Vec<String>,
    /// The account status in the row that contained the token.
    pub(crate) status: AccountStatus,
}

/// The kind of token that a caller needs.
#[derive(Debug)]
pub(super) enum Need {
    /// A token that stays valid for the duration of a call.
    Fresh,
    /// A token that stays valid for the duration of a call and differs from this one, which TikTok reported as invalid.
    Other(Secret),
    /// A token whose expiry differs from this time, because the old token is refreshed in advance.
    Background(Timestamp),
}

/// A refresh whose intent is recorded in the row.
#[derive(Debug)]
pub(super) struct Intent {
    /// The row as it was before the intent.
    pub(super) row: AccountRow,
    /// The refresh token of that row, which is sent to TikTok.
    pub(super) sent: Secret,
    /// The time in the intent, which identifies the intent.
    pub(super) at: Timestamp,
    /// An earlier intent whose process may still be running.
    pub(super) possibly_active: Option<Timestamp>,
}

/// An intent of this process that ended without a new token pair. No process works on it any longer.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ended {
    pub(super) at: Timestamp,
    /// The intent that this one replaced in the row, if the process of that intent may still be running.
    pub(super) possibly_active: Option<Timestamp>,
}

/// A token pair that the store has not accepted yet.
#[derive(Debug)]
pub(super) struct Unsaved {
    pub(super) sent: Secret,
    pub(super) tokens: TokenSet,
}

/// Runs refreshes, at most one per account at a time.
#[derive(Debug)]
pub(super) struct Refresher {
    pub(super) config: Arc<Config>,
    pub(super) accounts: Arc<dyn AccountStore>,
    leases: Arc<dyn LeaseStore>,
    transport: Arc<dyn Transport>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) events: Arc<EventSender>,
    /// The time of creation, on the wall clock and on the monotonic clock.
    created: (Timestamp, Duration),
    /// The refresh margins of accounts whose token this process has refreshed. Other accounts use the maximum margin.
    margins: DashMap<AccountKey, Duration>,
    pub(super) ended: DashMap<AccountKey, Ended>,
    /// Token pairs that the store did not accept. They are the only valid pairs, so they are kept for the next attempt.
    pub(super) unsaved: DashMap<AccountKey, Unsaved>,
}

impl Refresher {
    pub(super) fn new(
        config: Arc<Config>,
        accounts: Arc<dyn AccountStore>,
        leases: Arc<dyn LeaseStore>,
        transport: Arc<dyn Transport>,
        clock: Arc<dyn Clock>,
        events: Arc<EventSender>,
    ) -> Self {
        let (margins, ended, unsaved) = (DashMap::new(), DashMap::new(), DashMap::new());
        let created = (clock.now(), clock.monotonic());
        Self { config, accounts, leases, transport, clock, events, created, margins, ended, unsaved }
    }

    pub(super) async fn load(&self, key: &AccountKey) -> Result<AccountRow> {
        let row = self.accounts.load(key).await?.ok_or_else(|| {
            Error::new(ErrorKind::NotFound, "no such TikTok account is connected; connect it first")
                .with_reason(Reason::AccountNotConnected)
        })?;
        if row.status == AccountStatus::Disconnected {
            return Err(Error::new(
                ErrorKind::Unauthorized,
                "this TikTok account was disconnected; connect it again",
            )
            .with_reason(Reason::AccountDisconnected));
        }
        Ok(row)
    }

    /// Returns the row's access token, or the reason why it has none.
    pub(super) fn open(&self, row: &AccountRow) -> Result<Bearer> {
        if row.status == AccountStatus::Expired {
            return Err(expired(row.refresh_started_at));
        }
        let context = seal_context(Purpose::Token, &self.config.client_key, &row.key, ACCESS_TOKEN);
        let token = self.config.vault.open(&context, &row.access_token_sealed)?;
        Ok(Bearer { token, scopes: row.scopes.clone(), status: row.status })
    }

    fn open_refresh_token(&self, row: &AccountRow, sealed: &str) -> Result<Secret> {
        let context = seal_context(Purpose::Token, &self.config.client_key, &row.key, REFRESH_TOKEN);
        self.config.vault.open(&context, sealed)
    }

    /// Returns true when the row still contains this refresh token, in any format. An export for the dashboard's old
    /// code may have rewritten the row since it was read, and this must not cause the loss of the new token pair.
    pub(super) fn holds(&self, row: &AccountRow, refresh_token: &Secret) -> bool {
        let context = seal_context(Purpose::Token, &self.config.client_key, &row.key, REFRESH_TOKEN);
        let sealed = row.refresh_token_sealed.as_deref();
        sealed
            .and_then(|sealed| self.config.vault.open_either(&context, sealed).ok())
            .is_some_and(|current| current == *refresh_token)
    }

    /// Returns true when the row's token needs no refresh. The token of an expired account cannot be refreshed, unless
    /// its new token pair has not been stored yet.
    pub(super) fn is_fresh(&self, row: &AccountRow) -> bool {
        if self.unsaved.contains_key(&row.key) {
            return false;
        }
        row.status == AccountStatus::Expired
            || self.clock.now().plus(self.margin(&row.key)) < row.access_expires_at
    }

    pub(super) fn is_valid(&self, row: &AccountRow) -> bool {
        row.status != AccountStatus::Expired && self.clock.now() < row.access_expires_at
    }

    pub(super) fn margin(&self, key: &AccountKey) -> Duration {
        self.margins.get(key).map_or(MAX_MARGIN, |margin| *margin)
    }

    pub(super) fn record_margin(&self, key: AccountKey, tokens: &TokenSet) {
        self.margins.insert(key, margin(tokens.access_expires_at.since(self.clock.now())));
    }

    /// Runs one refresh, from acquiring the lease to releasing it.
    pub(super) async fn run(&self, key: &AccountKey, need: &Need) -> Result<Bearer> {
        failpoint(Failpoint::Started);
        let owner = format!("{:032x}", rand::random::<u128>());
        let name = format!("refresh/{}/{}/{}", self.config.client_key, key.tenant, key.open_id);
        if let Some(bearer) = self.wait_for_lease(&name, &owner, key, need).await? {
            return Ok(bearer);
        }
        failpoint(Failpoint::LeaseAcquired);
        let result = self.refresh(key, need).await;
        // A lease that cannot be released expires on its own, and the result is more important.
        let _ = self.leases.release(&name, &owner).await;
        failpoint(Failpoint::LeaseReleased);
        result
    }

    /// Acquires the lease, or returns the token that another process obtained while this one waited.
    async fn wait_for_lease(
        &self,
        name: &str,
        owner: &str,
        key: &AccountKey,
        need: &Need,
    ) -> Result<Option<Bearer>> {
        let deadline = self.clock.monotonic() + LEASE;
        // The lease only saves calls, so a failing lease store must not prevent a refresh.
        while !self.leases.acquire(name, owner, self.clock.now(), LEASE).await.unwrap_or(true) {
            if self.clock.monotonic() > deadline {
                // The clock of the process that wrote the lease was ahead. The first call acquires the lease as if it
                // had expired; the second one sets a correct expiry.
                let far = self.clock.now().plus(MAX_CLOCK_ERROR);
                let _ = self.leases.acquire(name, owner, far, LEASE).await;
                let _ = self.leases.acquire(name, owner, self.clock.now(), LEASE).await;
                break;
            }
            self.clock.sleep(LEASE_POLL).await;
            if let Some(bearer) = self.usable_current_token(&self.load(key).await?, need)? {
                return Ok(Some(bearer));
            }
        }
        Ok(None)
    }

    /// Returns the row's token if another process has refreshed it and it meets the need.
    fn usable_current_token(&self, row: &AccountRow, need: &Need) -> Result<Option<Bearer>> {
        if !self.is_fresh(row) {
            return Ok(None);
        }
        let bearer = self.open(row)?;
        let needed = match need {
            Need::Fresh => true,
            Need::Other(rejected) => *rejected != bearer.token,
            Need::Background(end) => *end != row.access_expires_at,
        };
        Ok(needed.then_some(bearer))
    }

    async fn refresh(&self, key: &AccountKey, need: &Need) -> Result<Bearer> {
        for _ in 0..MAX_READS {
            let row = self.load(key).await?;
            failpoint(Failpoint::RowRead);
            if let Some((_, unsaved)) = self.unsaved.remove(key)
                && self.holds(&row, &unsaved.sent)
            {
                let (at, possibly_active) =
                    (row.refresh_started_at.unwrap_or_else(|| self.clock.now()), None);
                return self
                    .store_tokens(Intent { row, sent: unsaved.sent, at, possibly_active }, unsaved.tokens)
                    .await;
            }
            if let Some(bearer) = self.usable_current_token(&row, need)? {
                return Ok(bearer);
            }
            let Some(sealed) = row.refresh_token_sealed.as_deref() else {
                return self.without_refresh_token(&row, need).await;
            };
            let sent = self.open_refresh_token(&row, sealed)?;
            let (at, possibly_active) =
                (self.intent_time(row.refresh_started_at), self.possibly_active_intent(&row));
            let expected = Expected::RefreshToken(Some(sealed.to_owned()));
            if self.accounts.update(key, &expected, &AccountPatch::refresh_started(at)).await? {
                failpoint(Failpoint::IntentWritten);
                return self.call_and_store(Intent { row, sent, at, possibly_active }).await;
            }
        }
        Err(Error::new(
            ErrorKind::Unavailable,
            "the token was not refreshed because other processes kept changing the account record; try again",
        )
        .with_owner(Owner::App)
        .with_dispatch(Dispatch::NotSent)
        .with_retry(Retry::Backoff))
    }

    /// Returns the current time, or a later time if the existing intent has the same time, because two intents must
    /// differ.
    fn intent_time(&self, current: Option<Timestamp>) -> Timestamp {
        let now = self.clock.now();
        if current == Some(now) { now.plus(Duration::from_millis(1)) } else { now }
    }

    /// Returns the latest intent whose process may still be running, according to the row.
    fn possibly_active_intent(&self, row: &AccountRow) -> Option<Timestamp> {
        let current = row.refresh_started_at?;
        match self.ended.get(&row.key) {
            Some(ended) if ended.at == current => ended.possibly_active,
            _ => Some(current),
        }
    }

    /// Returns the age of an intent: the smaller of its ages on the wall clock and on the monotonic clock. A wall clock
    /// that is set forward must not make a running call look abandoned.
    pub(super) fn age(&self, intent: Timestamp) -> Duration {
        let steady = self.created.0.plus(self.clock.monotonic().saturating_sub(self.created.1));
        self.clock.now().since(intent).min(steady.since(intent))
    }

    async fn call_and_store(&self, intent: Intent) -> Result<Bearer> {
        let answer = self.call(&intent).await;
        failpoint(Failpoint::ReplyRead);
        match answer {
            Ok(tokens) => self.store_tokens(intent, tokens).await,
            Err(error) => {
                let ended = Ended { at: intent.at, possibly_active: intent.possibly_active };
                self.ended.insert(intent.row.key.clone(), ended);
                if error.tiktok_code() == Some("invalid_grant") {
                    return self.handle_invalid_grant(&intent, error).await;
                }
                // If TikTok rejected the request itself, or if nothing was sent, no rotation was interrupted. A 5xx
                // status of a gateway or an unreadable response may hide a rotation, so the intent stays open.
                if error.dispatch() == Dispatch::NotSent || error.tiktok_code().is_some() {
                    self.clear_intent(&intent).await;
                }
                Err(error.with_operation("refresh_tokens"))
            }
        }
    }

    async fn call(&self, intent: &Intent) -> Result<TokenSet> {
        let form = refresh_form(&self.config.client_key, &self.config.client_secret, &intent.sent);
        let parse = |reply: &HttpReply| {
            let (open_id, now) = (&intent.row.key.open_id, self.clock.now());
            Ok((parse_refresh_reply(reply.status, &reply.body, Some(open_id), now)?, now))
        };
        let (mut tokens, now) =
            token_call(&*self.transport, &self.config, "/v2/oauth/token/", form, parse).await?;
        tokens.access_expires_at = usable_until(tokens.access_expires_at, now);
        Ok(tokens)
    }
}
