//! The state of the metrics in memory.

use crate::clock::Timestamp;
use crate::model::{AccountKey, Day};
use crate::store::{MetricsClaim, MetricsRow};
use std::collections::{BTreeMap, HashMap};

#[derive(Default)]
pub(super) struct MetricsState {
    pub(super) rows: HashMap<AccountKey, BTreeMap<Day, MetricsRow>>,
    pub(super) claims: HashMap<(AccountKey, Day), (String, Timestamp)>,
}

impl MetricsState {
    pub(super) fn claim(&mut self, claim: &MetricsClaim, account: &AccountKey) -> bool {
        let stored = self.rows.get(account).and_then(|days| days.get(&claim.day));
        if stored.is_some_and(|row| row.read_at >= claim.fresh_since) {
            return false;
        }
        let row_key = (account.clone(), claim.day);
        let leased = self
            .claims
            .get(&row_key)
            .is_some_and(|(owner, until)| *owner != claim.owner && *until > claim.now);
        if !leased {
            self.claims.insert(row_key, (claim.owner.clone(), claim.now.plus(claim.ttl)));
        }
        !leased
    }

    pub(super) fn forget(&mut self, account: &AccountKey) {
        self.rows.remove(account);
        self.claims.retain(|(of, _), _| of != account);
    }
}
