//! Which window a request belongs to.

use super::policy::{QuotaKind, Rule, Scope};

/// On whose behalf a request is made.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct QuotaSubject {
    /// The client key of the app.
    pub client_key: String,
    /// The host's tenant; empty when it has none.
    pub tenant: String,
    /// TikTok's id of the user for this app.
    pub open_id: String,
}

impl QuotaSubject {
    /// Names the account `open_id` within `tenant`, of the app `client_key`.
    #[must_use]
    pub fn new(client_key: impl Into<String>, tenant: impl Into<String>, open_id: impl Into<String>) -> Self {
        Self { client_key: client_key.into(), tenant: tenant.into(), open_id: open_id.into() }
    }
}

/// The name of one window: one string, so that a look-up is one allocation. Lengths go before the parts, since a
/// tenant may hold any character.
pub(super) fn window_key(kind: QuotaKind, rule: Rule, subject: &QuotaSubject) -> String {
    let QuotaSubject { client_key, tenant, open_id } = subject;
    let (kind, span) = (kind.as_str(), rule.span().as_millis());
    match rule.scope() {
        Scope::App => format!("{kind} {span} app {client_key}"),
        Scope::Account => {
            let (app, within) = (client_key.len(), tenant.len());
            format!("{kind} {span} account {app} {within} {client_key}{tenant}{open_id}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quota::Span;

    fn key(scope: Scope, subject: &QuotaSubject) -> String {
        window_key(QuotaKind::UserInfo, Rule::new(Span::Minute, scope, 1).unwrap(), subject)
    }

    #[test]
    fn accounts_share_the_window_of_their_app_and_nothing_else() {
        let (a, b) = (QuotaSubject::new("app", "t", "1"), QuotaSubject::new("app", "t", "2"));
        assert_eq!(key(Scope::App, &a), key(Scope::App, &b));
        assert_ne!(key(Scope::Account, &a), key(Scope::Account, &b));
    }

    #[test]
    fn parts_that_run_together_to_the_same_text_stay_apart() {
        let (a, b) = (QuotaSubject::new("app", "t1", "2"), QuotaSubject::new("app", "t", "12"));
        assert_ne!(key(Scope::Account, &a), key(Scope::Account, &b));
        let (a, b) = (QuotaSubject::new("app ", "1 ", "x"), QuotaSubject::new("app", " 1 ", "x"));
        assert_ne!(key(Scope::Account, &a), key(Scope::Account, &b));
    }
}
