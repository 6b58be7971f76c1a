//! The fault rules of one emulator. Selects the rule that acts on a call.

use super::fault::Fault;
use super::subject::Subject;
use crate::model::ids::split_mix_64;
use crate::wire::Endpoint;

/// All rules in creation order.
#[derive(Debug)]
pub(crate) struct FaultRules {
    seed: u64,
    last_id: u64,
    rules: Vec<Fault>,
}

impl FaultRules {
    pub(crate) fn new(seed: u64) -> Self {
        Self { seed, last_id: 0, rules: Vec::new() }
    }

    pub(crate) fn all(&self) -> &[Fault] {
        &self.rules
    }

    /// Adds a rule and returns its ID.
    pub(crate) fn add(&mut self, mut rule: Fault) -> u64 {
        self.last_id += 1;
        rule.id = self.last_id;
        rule.calls.times = Some(rule.calls.limit());
        (rule.seen, rule.hits, rule.chosen) = (0, 0, 0);
        self.rules.push(rule);
        self.last_id
    }

    pub(crate) fn clear(&mut self) {
        self.rules.clear();
    }

    /// Removes a rule. Returns false if no rule has this ID.
    pub(crate) fn remove(&mut self, id: u64) -> bool {
        let before = self.rules.len();
        self.rules.retain(|rule| rule.id != id);
        self.rules.len() < before
    }

    /// Enables or disables a rule. Returns false if no rule has this ID.
    pub(crate) fn set_enabled(&mut self, id: u64, enabled: bool) -> bool {
        let rule = self.rules.iter_mut().find(|rule| rule.id == id);
        rule.map(|rule| rule.enabled = enabled).is_some()
    }

    /// Returns true if a rule can act on calls to this endpoint. Otherwise the caller need not be identified.
    pub(crate) fn has_rule_for(&self, endpoint: Endpoint) -> bool {
        self.rules.iter().any(|rule| rule.enabled && rule.calls.names(endpoint))
    }

    /// Returns true if selecting a rule requires the request body.
    pub(crate) fn needs_body(&self, endpoint: Endpoint) -> bool {
        let mut rules = self.rules.iter().filter(|rule| rule.enabled && rule.calls.names(endpoint));
        rules.any(|rule| rule.calls.needs_body(endpoint))
    }

    /// Counts the call on every matching rule and returns the first one that acts.
    pub(crate) fn pick(&mut self, endpoint: Endpoint, subject: &Subject) -> Option<Fault> {
        let mut picked = None;
        for rule in &mut self.rules {
            if rule.enabled
                && rule.calls.matches(endpoint, subject)
                && rule.selects(self.seed)
                && picked.is_none()
            {
                rule.hits += 1;
                picked = Some(rule.clone());
            }
        }
        picked
    }
}

impl Fault {
    /// Counts the call and returns true if the rule acts on it.
    fn selects(&mut self, seed: u64) -> bool {
        self.seen += 1;
        let times = self.calls.limit();
        if self.seen < self.calls.nth || (times != 0 && self.chosen >= times) {
            return false;
        }
        let hit = self.calls.probability.is_none_or(|chance| draw(seed, self.id, self.seen) < chance);
        self.chosen += u64::from(hit);
        hit
    }
}

/// Returns a number in `0..1` that depends only on the seed, the rule and the call, so that rules do not influence each
/// other.
fn draw(seed: u64, rule: u64, call: u64) -> f64 {
    let bits = split_mix_64(split_mix_64(split_mix_64(seed).wrapping_add(rule)).wrapping_add(call));
    // A double represents 32 bits exactly, which is precise enough for any probability in a test.
    f64::from(u32::try_from(bits >> 32).unwrap_or(0)) / 4_294_967_296.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hits(rules: &mut FaultRules, calls: usize) -> Vec<bool> {
        (0..calls).map(|_| rules.pick(Endpoint::Upload, &Subject::default()).is_some()).collect()
    }

    #[test]
    fn nth_and_times_select_the_calls() {
        let mut rules = FaultRules::new(1);
        rules.add(Fault::on("upload").nth(2).times(2).status(500));
        assert_eq!(hits(&mut rules, 5), [false, true, true, false, false]);
        assert!(rules.pick(Endpoint::UserInfo, &Subject::default()).is_none());
        assert_eq!((rules.all()[0].seen, rules.all()[0].hits), (5, 2));
    }

    #[test]
    fn rule_accepts_a_path_and_has_no_limit_when_times_is_0() {
        let mut rules = FaultRules::new(1);
        rules.add(Fault::on("/v2/video/list").times(0).status(500));
        assert!((0..9).all(|_| rules.pick(Endpoint::VideoList, &Subject::default()).is_some()));
        assert!(Fault::on("/v2/nothing/").check().is_err());
        assert!(Fault::on("*").status(200).check().is_ok());
    }

    #[test]
    fn probabilistic_rule_acts_on_the_same_calls_for_one_seed() {
        let drawn = |seed| {
            let mut rules = FaultRules::new(seed);
            rules.add(Fault::on("upload").probability(0.3).status(500));
            hits(&mut rules, 1_000)
        };
        assert_eq!(drawn(1), drawn(1));
        assert_ne!(drawn(1), drawn(2));
        let count = drawn(1).into_iter().filter(|hit| *hit).count();
        assert!((250..350).contains(&count), "{count}");
        for (chance, expected) in [(0.0, 0), (1.0, 10)] {
            let mut rules = FaultRules::new(1);
            rules.add(Fault::on("upload").probability(chance));
            assert_eq!(hits(&mut rules, 10).into_iter().filter(|hit| *hit).count(), expected);
        }
    }

    #[test]
    fn disabled_rule_does_not_affect_other_rules() {
        let history = |with_other: bool| {
            let mut rules = FaultRules::new(1);
            let id = rules.add(Fault::on("upload").probability(0.5));
            let other = rules.add(Fault::on("upload").probability(0.5));
            assert!(rules.set_enabled(id, with_other));
            for _ in 0..100 {
                rules.pick(Endpoint::Upload, &Subject::default());
            }
            rules.all().iter().find(|rule| rule.id == other).map(|rule| (rule.seen, rule.chosen))
        };
        assert_eq!(history(true), history(false));
        let mut rules = FaultRules::new(1);
        let id = rules.add(Fault::on("upload"));
        rules.set_enabled(id, false);
        assert_eq!(hits(&mut rules, 2), [false, false]);
        rules.set_enabled(id, true);
        assert_eq!(hits(&mut rules, 2), [true, false]);
        assert!(rules.remove(id) && !rules.remove(id) && !rules.set_enabled(id, true));
    }
}
