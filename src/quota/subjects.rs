//! The subjects of accounts that were used before, so that a check does not compute two SHA-256 each time.

use super::keys::QuotaSubject;
use crate::model::AccountKey;
use dashmap::DashMap;

/// The maximum number of stored subjects, of about 200 bytes each. All are dropped when it is reached.
const MAX_SUBJECTS: usize = 10_000;

/// The subjects of the accounts of one app.
#[derive(Debug)]
pub(crate) struct Subjects {
    client_key: String,
    known: DashMap<AccountKey, QuotaSubject>,
}

impl Subjects {
    pub(crate) fn new(client_key: &str) -> Self {
        Self { client_key: client_key.to_owned(), known: DashMap::new() }
    }

    /// Returns the subject of `account`.
    pub(crate) fn of(&self, account: &AccountKey) -> QuotaSubject {
        if let Some(subject) = self.known.get(account) {
            return *subject;
        }
        let subject = QuotaSubject::new(&self.client_key, &account.tenant, &account.open_id);
        if self.known.len() >= MAX_SUBJECTS {
            self.known.clear();
        }
        self.known.insert(account.clone(), subject);
        subject
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subject_is_hashed_once_and_the_number_is_bounded() {
        let subjects = Subjects::new("app");
        for n in 0..=MAX_SUBJECTS {
            let account = AccountKey::new("studio", n.to_string());
            let expected = QuotaSubject::new("app", "studio", &n.to_string());
            assert_eq!([subjects.of(&account), subjects.of(&account)], [expected; 2]);
        }
        assert_eq!(subjects.known.len(), 1);
    }
}
