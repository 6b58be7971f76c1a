//! Connected accounts, without their tokens.

use crate::client::{account, engine, toklink_client};
use crate::error::toklink_error;
use crate::handle::Output;
use crate::status::toklink_status;
use crate::text::{Text, toklink_str};
use crate::view::{self, maybe, texts};
use crate::{guard, handle};
use core_toklink::{Account, AccountStatus};

/// Whether an account can be used. New numbers may come.
#[repr(u32)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum toklink_account_state {
    /// Something that this version of the header has no name for.
    TOKLINK_ACCOUNT_OTHER = 0,
    /// Calls work.
    TOKLINK_ACCOUNT_ACTIVE = 1,
    /// The user must connect again.
    TOKLINK_ACCOUNT_EXPIRED = 2,
    /// The last use failed for a reason that needs a look.
    TOKLINK_ACCOUNT_ERROR = 3,
    /// TikTok refused a call for too many requests; the next that succeeds ends it.
    TOKLINK_ACCOUNT_RATE_LIMITED = 4,
    /// TikTok has banned the creator from posting.
    TOKLINK_ACCOUNT_RESTRICTED = 5,
    /// The host ended the connection.
    TOKLINK_ACCOUNT_DISCONNECTED = 6,
}

impl From<AccountStatus> for toklink_account_state {
    fn from(from: AccountStatus) -> Self {
        match from {
            AccountStatus::Active => Self::TOKLINK_ACCOUNT_ACTIVE,
            AccountStatus::Expired => Self::TOKLINK_ACCOUNT_EXPIRED,
            AccountStatus::Error => Self::TOKLINK_ACCOUNT_ERROR,
            AccountStatus::RateLimited => Self::TOKLINK_ACCOUNT_RATE_LIMITED,
            AccountStatus::Restricted => Self::TOKLINK_ACCOUNT_RESTRICTED,
            AccountStatus::Disconnected => Self::TOKLINK_ACCOUNT_DISCONNECTED,
            _ => Self::TOKLINK_ACCOUNT_OTHER,
        }
    }
}

/// A connected account without its tokens. One from a list belongs to the list.
///
/// Thread safety: it never changes; any number of threads may read it, one frees it.
#[derive(Debug)]
pub struct toklink_account {
    pub(crate) tenant: Text,
    pub(crate) open_id: Text,
    pub(crate) display_name: Text,
    pub(crate) username: Option<Text>,
    pub(crate) avatar_url: Option<Text>,
    pub(crate) connected_by: Text,
    pub(crate) scopes: Vec<Text>,
    pub(crate) missing_scopes: Vec<Text>,
    pub(crate) status: toklink_account_state,
    pub(crate) connected_at_ms: i64,
    pub(crate) token_expires_at_ms: i64,
}

impl From<Account> for toklink_account {
    fn from(from: Account) -> Self {
        Self {
            tenant: Text::new(&from.tenant),
            open_id: Text::new(&from.account_id),
            display_name: Text::new(&from.display_name),
            username: maybe(from.username.as_deref()),
            avatar_url: maybe(from.avatar_url.as_deref()),
            connected_by: Text::new(&from.connected_by),
            scopes: texts(&from.scopes),
            missing_scopes: texts(&from.missing_scopes),
            status: from.status.into(),
            connected_at_ms: from.connected_at.as_millis(),
            token_expires_at_ms: from.token_expires_at.as_millis(),
        }
    }
}

/// Frees it and every view of its texts. NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_account_free(account: *mut toklink_account) {
    // SAFETY: the conventions of the header: ours, freed once.
    guard::value((), || unsafe { handle::take(account) });
}

/// The host's tenant. Lives as long as the account.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_account_tenant(account: *const toklink_account) -> toklink_str {
    // SAFETY: the conventions of the header.
    unsafe { view::text(account, |held| Some(&held.tenant)) }
}

/// TikTok's id of the user for this app. Lives as long as the account.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_account_open_id(account: *const toklink_account) -> toklink_str {
    // SAFETY: the conventions of the header.
    unsafe { view::text(account, |held| Some(&held.open_id)) }
}

/// The nickname. Lives as long as the account.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_account_display_name(account: *const toklink_account) -> toklink_str {
    // SAFETY: the conventions of the header.
    unsafe { view::text(account, |held| Some(&held.display_name)) }
}

/// The handle without `@`; empty when the profile scope was not granted. Lives as long as the account.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_account_username(account: *const toklink_account) -> toklink_str {
    // SAFETY: the conventions of the header.
    unsafe { view::text(account, |held| held.username.as_ref()) }
}

/// A signed picture URL, good for hours after connecting; empty when there is none. Lives as long as the account.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_account_avatar_url(account: *const toklink_account) -> toklink_str {
    // SAFETY: the conventions of the header.
    unsafe { view::text(account, |held| held.avatar_url.as_ref()) }
}

/// The host's id of the person who connected it. Lives as long as the account.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_account_connected_by(account: *const toklink_account) -> toklink_str {
    // SAFETY: the conventions of the header.
    unsafe { view::text(account, |held| Some(&held.connected_by)) }
}

/// How many scopes the user granted.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_account_scope_count(account: *const toklink_account) -> usize {
    // SAFETY: the conventions of the header.
    unsafe { view::field(account, 0, |held| held.scopes.len()) }
}

/// The granted scope at `index`, from 0; empty beyond the last. Lives as long as the account.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_account_scope_at(
    account: *const toklink_account,
    index: usize,
) -> toklink_str {
    // SAFETY: the conventions of the header.
    unsafe { view::text(account, |held| held.scopes.get(index)) }
}

/// How many scopes were asked for and are not granted.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_account_missing_scope_count(account: *const toklink_account) -> usize {
    // SAFETY: the conventions of the header.
    unsafe { view::field(account, 0, |held| held.missing_scopes.len()) }
}

/// The missing scope at `index`, from 0; empty beyond the last. Lives as long as the account.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_account_missing_scope_at(
    account: *const toklink_account,
    index: usize,
) -> toklink_str {
    // SAFETY: the conventions of the header.
    unsafe { view::text(account, |held| held.missing_scopes.get(index)) }
}

/// Whether it can be used; `TOKLINK_ACCOUNT_OTHER` for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_account_status(account: *const toklink_account) -> toklink_account_state {
    // SAFETY: the conventions of the header.
    unsafe { view::field(account, toklink_account_state::TOKLINK_ACCOUNT_OTHER, |held| held.status) }
}

/// When the user last consented, in milliseconds since 1970 (UTC).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_account_connected_at_ms(account: *const toklink_account) -> i64 {
    // SAFETY: the conventions of the header.
    unsafe { view::field(account, 0, |held| held.connected_at_ms) }
}

/// When the access token ends, in milliseconds since 1970 (UTC); it is renewed before.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_account_token_expires_at_ms(account: *const toklink_account) -> i64 {
    // SAFETY: the conventions of the header.
    unsafe { view::field(account, 0, |held| held.token_expires_at_ms) }
}

/// Connected accounts.
///
/// Thread safety: it never changes; any number of threads may read it, one frees it.
#[derive(Debug)]
pub struct toklink_account_list {
    pub(crate) accounts: Vec<toklink_account>,
}

impl From<Vec<Account>> for toklink_account_list {
    fn from(from: Vec<Account>) -> Self {
        Self { accounts: from.into_iter().map(toklink_account::from).collect() }
    }
}

/// Frees the list and its accounts. NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_account_list_free(list: *mut toklink_account_list) {
    // SAFETY: the conventions of the header: ours, freed once.
    guard::value((), || unsafe { handle::take(list) });
}

/// How many accounts there are; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_account_list_len(list: *const toklink_account_list) -> usize {
    // SAFETY: the conventions of the header.
    unsafe { view::field(list, 0, |held| held.accounts.len()) }
}

/// The account at `index`, from 0; NULL beyond the last. It belongs to the list.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_account_list_at(
    list: *const toklink_account_list,
    index: usize,
) -> *const toklink_account {
    // SAFETY: the conventions of the header.
    unsafe { view::part(list, |held| held.accounts.get(index)) }
}

/// The connected accounts of `tenant` (empty for a host with one tenant), ordered by when they connected. Reads
/// the store alone. Give the list back with `toklink_account_list_free`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_client_accounts(
    client: *const toklink_client,
    tenant: toklink_str,
    out_accounts: *mut *mut toklink_account_list,
    error: *mut *mut toklink_error,
) -> toklink_status {
    let work = || {
        // SAFETY: the conventions of the header.
        let (out, engine, tenant) =
            unsafe { (Output::at(out_accounts)?, engine(client)?, tenant.read("the tenant")?.to_owned()) };
        let core = engine.client()?;
        let found = engine.wait("accounts", async move { core.accounts(Some(&tenant)).await })?;
        out.set(handle::give(found.into()));
        Ok(())
    };
    // SAFETY: the conventions of the header.
    unsafe { guard::call(error, work) }
}

/// One connected account. Reads the store alone. Give it back with `toklink_account_free`.
///
/// Errors: `TOKLINK_ERR_NOT_FOUND` when it is not connected.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_client_account(
    client: *const toklink_client,
    tenant: toklink_str,
    open_id: toklink_str,
    out_account: *mut *mut toklink_account,
    error: *mut *mut toklink_error,
) -> toklink_status {
    let work = || {
        // SAFETY: the conventions of the header.
        let (out, engine, account) =
            unsafe { (Output::at(out_account)?, engine(client)?, account(tenant, open_id)?) };
        let core = engine.client()?;
        let found = engine.wait("account", async move { core.account(&account).await })?;
        out.set(handle::give(found.into()));
        Ok(())
    };
    // SAFETY: the conventions of the header.
    unsafe { guard::call(error, work) }
}

/// Ends the connection: revokes the token at TikTok and erases the account from the store. Unfinished publishes
/// of it end.
///
/// Errors: those of every request (see docs/ERRORS.md); `TOKLINK_ERR_NOT_FOUND` when no such account is
/// connected.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_client_disconnect(
    client: *const toklink_client,
    tenant: toklink_str,
    open_id: toklink_str,
    error: *mut *mut toklink_error,
) -> toklink_status {
    let work = || {
        // SAFETY: the conventions of the header.
        let (engine, account) = unsafe { (engine(client)?, account(tenant, open_id)?) };
        let core = engine.client()?;
        engine.wait("disconnect", async move { core.disconnect(&account).await })
    };
    // SAFETY: the conventions of the header.
    unsafe { guard::call(error, work) }
}
