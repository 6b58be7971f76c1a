//! The refresh of a rotating token: one flight per account in this process, a lease across processes, an intent before
//! the call, and a compare-and-swap after it (docs/tiktok-api.md 2.2: once a new refresh token is issued the old one is
//! dead, so a lost reply or a lost race costs the user's connection).

use super::account::{ACCESS_TOKEN, REFRESH_TOKEN, place, seal_tokens};
use crate::clock::{Clock, Timestamp};
use crate::config::Config;
use crate::error::{Dispatch, Error, ErrorKind, Owner, Result};
use crate::oauth::{Form, TokenSet, encode_form, parse_refresh_reply, refresh_form};
use crate::secret::Secret;
use crate::store::{AccountKey, AccountRow, AccountStatus, AccountStore, LeaseStore};
use crate::transport::retry::backoff;
use crate::transport::{Body, HttpReply, HttpRequest, Method, Transport};
use crate::vault::Purpose;
use dashmap::DashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio_util::task::TaskTracker;

/// How long the lease lasts: three times what the call itself may take.
const LEASE: Duration = Duration::from_secs(60);
/// The longest that the refresh call may take.
const CALL_TIMEOUT: Duration = Duration::from_secs(20);
/// How long before its end a token is renewed, at most: it must outlast one call and its retries, and 5 minutes are a
/// small part of TikTok's 2 hours.
const LONGEST_MARGIN: Duration = Duration::from_secs(300);
/// The margin of a short-lived token is this part of its lifetime, or it would be renewed on every use.
const MARGIN_PART: u32 = 10;
/// How often another process's refresh is looked at.
const LEASE_POLL: Duration = Duration::from_millis(250);

/// How often the new pair is written before it is given up: with the growing pauses about half a minute.
const MAX_WRITES: u32 = 10;

/// An access token that will last for a call.
#[derive(Debug, Clone)]
pub(crate) struct Bearer {
    pub(crate) token: Secret,
    pub(crate) scopes: Vec<String>,
}

type Flight = watch::Receiver<Option<Result<Bearer>>>;

/// Hands out tokens. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Session {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    config: Arc<Config>,
    accounts: Arc<dyn AccountStore>,
    leases: Arc<dyn LeaseStore>,
    transport: Arc<dyn Transport>,
    clock: Arc<dyn Clock>,
    flights: DashMap<AccountKey, Flight>,
    /// The margin of accounts whose token was renewed here; others have the longest one.
    margins: DashMap<AccountKey, Duration>,
    /// What closing waits for: a flight outlives the caller who started it.
    running: TaskTracker,
}

impl Session {
    pub(crate) fn new(
        config: Arc<Config>,
        accounts: Arc<dyn AccountStore>,
        leases: Arc<dyn LeaseStore>,
        transport: Arc<dyn Transport>,
        clock: Arc<dyn Clock>,
        running: TaskTracker,
    ) -> Self {
        let (flights, margins) = (DashMap::new(), DashMap::new());
        let shared = Shared { config, accounts, leases, transport, clock, flights, margins, running };
        Self { shared: Arc::new(shared) }
    }

    /// The handle of the account's user, when it is known.
    pub(crate) async fn username(&self, key: &AccountKey) -> Result<Option<String>> {
        Ok(self.shared.load(key).await?.username)
    }

    /// A token of `key` that will last, renewed if need be.
    pub(crate) async fn bearer(&self, key: &AccountKey) -> Result<Bearer> {
        let row = self.shared.load(key).await?;
        if self.shared.lasts(&row) { self.shared.open(&row) } else { self.fly(key, None).await }
    }

    /// A token other than `rejected`, which TikTok called invalid: the row's if another has renewed it, else a new one.
    pub(crate) async fn replace(&self, key: &AccountKey, rejected: &Secret) -> Result<Bearer> {
        self.fly(key, Some(rejected.clone())).await
    }

    /// Joins the account's flight, or starts it. The flight is a task of its own: a caller that goes away cannot take
    /// a reply with it that holds the only valid refresh token.
    async fn fly(&self, key: &AccountKey, rejected: Option<Secret>) -> Result<Bearer> {
        let mut flight = self
            .shared
            .flights
            .entry(key.clone())
            .or_insert_with(|| {
                let (sender, receiver) = watch::channel(None);
                let (shared, key) = (Arc::clone(&self.shared), key.clone());
                self.shared.running.spawn(async move {
                    let result = shared.refresh(&key, rejected.as_ref()).await;
                    shared.flights.remove(&key);
                    let _ = sender.send(Some(result));
                });
                receiver
            })
            .clone();
        let landed = flight.wait_for(Option::is_some).await.ok().and_then(|result| result.clone());
        landed.unwrap_or_else(|| {
            self.shared.flights.remove(key);
            Err(Error::new(
                ErrorKind::Internal,
                "the refresh ended without a result; try again and report it",
            ))
        })
    }
}

impl Shared {
    async fn load(&self, key: &AccountKey) -> Result<AccountRow> {
        let row = self.accounts.load(key).await?.ok_or_else(|| {
            Error::new(ErrorKind::NotFound, "no such TikTok account is connected; connect it first")
        })?;
        if row.status == AccountStatus::Disconnected {
            return Err(Error::new(
                ErrorKind::Unauthorized,
                "this TikTok account was disconnected; connect it again",
            ));
        }
        Ok(row)
    }

    fn open(&self, row: &AccountRow) -> Result<Bearer> {
        if row.status == AccountStatus::Expired {
            return Err(Error::new(
                ErrorKind::Unauthorized,
                "the connection to TikTok has expired; connect the account again",
            ));
        }
        let context = place(Purpose::Token, &self.config.client_key, &row.key, ACCESS_TOKEN);
        let token = self.config.vault.open(&context, &row.access_token_sealed)?;
        Ok(Bearer { token, scopes: row.scopes.clone() })
    }

    fn lasts(&self, row: &AccountRow) -> bool {
        let margin = self.margins.get(&row.key).map_or(LONGEST_MARGIN, |margin| *margin);
        row.status == AccountStatus::Expired || self.clock.now().plus(margin) < row.access_expires_at
    }

    async fn refresh(&self, key: &AccountKey, rejected: Option<&Secret>) -> Result<Bearer> {
        let owner = format!("{:032x}", rand::random::<u128>());
        let name = format!("refresh/{}/{}/{}", self.config.client_key, key.tenant, key.open_id);
        let deadline = self.clock.monotonic() + LEASE;
        // A lease only saves calls: a store of leases that fails must not keep anyone from refreshing.
        while !self.leases.acquire(&name, &owner, self.clock.now(), LEASE).await.unwrap_or(true) {
            if self.clock.monotonic() > deadline {
                break;
            }
            self.clock.sleep(LEASE_POLL).await;
            if let Some(bearer) = self.already_fresh(&self.load(key).await?, rejected)? {
                return Ok(bearer);
            }
        }
        let result = self.refresh_under_lease(key, rejected).await;
        // A lease that cannot be given back ends by itself; the result matters more.
        let _ = self.leases.release(&name, &owner).await;
        result
    }

    /// The row's own token when someone else has renewed it meanwhile.
    fn already_fresh(&self, row: &AccountRow, rejected: Option<&Secret>) -> Result<Option<Bearer>> {
        if !self.lasts(row) {
            return Ok(None);
        }
        let bearer = self.open(row)?;
        Ok((rejected != Some(&bearer.token)).then_some(bearer))
    }

    async fn refresh_under_lease(&self, key: &AccountKey, rejected: Option<&Secret>) -> Result<Bearer> {
        let row = self.load(key).await?;
        if let Some(bearer) = self.already_fresh(&row, rejected)? {
            return Ok(bearer);
        }
        let Some(sealed) = row.refresh_token_sealed.as_deref() else {
            self.accounts.set_status(key, None, AccountStatus::Expired).await?;
            return Err(Error::new(
                ErrorKind::Unauthorized,
                "the access token has ended and TikTok gave no refresh token; connect the account again",
            ));
        };
        let context = place(Purpose::Token, &self.config.client_key, key, REFRESH_TOKEN);
        let sent = self.config.vault.open(&context, sealed)?;
        let interrupted = row.refresh_started_at;
        if !self.accounts.begin_refresh(key, Some(sealed), self.clock.now()).await? {
            return self.winner(key).await;
        }
        match self.call(key, &sent).await {
            Ok(tokens) => self.keep(row, &sent, &tokens).await,
            Err(error) if error.tiktok_code() == Some("invalid_grant") => {
                self.believe_if_still_ours(&row, interrupted, error).await
            }
            Err(error) => {
                // With TikTok's own refusal, or none of it sent, nothing was interrupted; a gateway's 5xx or an answer
                // that cannot be read may hide a rotation. If this write fails, the next refresh only looks more
                // careful than it need be.
                if error.dispatch() == Dispatch::NotSent || error.tiktok_code().is_some() {
                    let _ = self.accounts.set_status(key, Some(sealed), row.status).await;
                }
                Err(error.with_operation("refresh_tokens"))
            }
        }
    }

    async fn call(&self, key: &AccountKey, refresh_token: &Secret) -> Result<TokenSet> {
        let form = refresh_form(&self.config.client_key, &self.config.client_secret, refresh_token);
        let reply = token_call(&*self.transport, &self.config, "/v2/oauth/token/", form).await?;
        parse_refresh_reply(reply.status, &reply.body, Some(&key.open_id), self.clock.now())
    }

    /// Makes the new pair durable before anyone is handed it. It is the only valid one now, so a store that is busy or
    /// down is asked again, and a row that was only sealed anew meanwhile is written all the same.
    async fn keep(&self, mut row: AccountRow, sent: &Secret, tokens: &TokenSet) -> Result<Bearer> {
        let (key, mut attempt) = (row.key.clone(), 0);
        let swap = seal_tokens(&self.config.vault, &self.config.client_key, &key, tokens, Some(&row))?;
        loop {
            let error = match self.accounts.swap(&key, row.refresh_token_sealed.as_deref(), &swap).await {
                Ok(true) => break,
                Ok(false) => None,
                Err(error) => Some(error),
            };
            attempt += 1;
            if attempt >= MAX_WRITES {
                return Err(error.unwrap_or_else(|| {
                    Error::new(
                        ErrorKind::Internal,
                        "the new tokens could not be stored; connect the account again",
                    )
                }));
            }
            if error.is_some() {
                self.clock.sleep(backoff(attempt)).await;
            }
            match self.load(&key).await {
                Ok(now) if self.holds(&now, sent) => row = now,
                Ok(_) => return self.winner(&key).await,
                Err(error) if error.kind() == ErrorKind::Unavailable => {}
                Err(error) => return Err(error),
            }
        }
        let lifetime = tokens.access_expires_at.since(self.clock.now());
        self.margins.insert(key, LONGEST_MARGIN.min(lifetime / MARGIN_PART));
        let scopes = swap.scopes.unwrap_or(row.scopes);
        Ok(Bearer { token: tokens.access_token.clone(), scopes })
    }

    fn holds(&self, row: &AccountRow, refresh_token: &Secret) -> bool {
        let context = place(Purpose::Token, &self.config.client_key, &row.key, REFRESH_TOKEN);
        row.refresh_token_sealed
            .as_deref()
            .and_then(|sealed| self.config.vault.open(&context, sealed).ok())
            .is_some_and(|held| held == *refresh_token)
    }

    /// Another process has replaced the pair: its token is used.
    async fn winner(&self, key: &AccountKey) -> Result<Bearer> {
        let row = self.load(key).await?;
        self.open(&row)
    }

    /// `invalid_grant` means that the connection is over only while the row still holds the token that was sent.
    async fn believe_if_still_ours(
        &self,
        row: &AccountRow,
        interrupted: Option<Timestamp>,
        error: Error,
    ) -> Result<Bearer> {
        let expected = row.refresh_token_sealed.as_deref();
        if !self.accounts.set_status(&row.key, expected, AccountStatus::Expired).await? {
            return self.winner(&row.key).await;
        }
        let message = match interrupted {
            Some(at) => format!(
                "a refresh was interrupted at {} and its reply was lost; connect the account again",
                at.to_iso8601()
            ),
            None => "TikTok no longer accepts the refresh token; connect the account again".to_owned(),
        };
        Err(Error::new(ErrorKind::Unauthorized, message)
            .with_operation("refresh_tokens")
            .with_owner(Owner::User)
            .with_dispatch(Dispatch::Answered)
            .with_tiktok_code("invalid_grant")
            .with_log_id(error.log_id())
            .with_source(error))
    }
}

/// One call of TikTok's token endpoints: a form post, never JSON (docs/tiktok-api.md 2).
pub(crate) async fn token_call(
    transport: &dyn Transport,
    config: &Config,
    path: &str,
    form: Form,
) -> Result<HttpReply> {
    let url = config.api_url(path);
    let headers = vec![("cache-control", "no-cache".to_owned())];
    let body = Body::Form(encode_form(&form));
    transport
        .send(HttpRequest { method: Method::Post, url, bearer: None, headers, body, timeout: CALL_TIMEOUT })
        .await
}
