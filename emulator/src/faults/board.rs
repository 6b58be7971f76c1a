//! The rules of one emulator, and which of them acts on a call.

use super::filter::Subject;
use super::rule::Fault;
use crate::config::EmulatorConfig;
use crate::ids::mixed;
use crate::routes::Endpoint;

/// All rules, in the order in which they were added.
#[derive(Debug)]
pub(crate) struct Board {
    seed: u64,
    last_id: u64,
    rules: Vec<Fault>,
}

impl Board {
    pub(crate) fn new(seed: u64) -> Self {
        Self { seed, last_id: 0, rules: Vec::new() }
    }

    /// The rules that an emulator starts with.
    pub(crate) fn begin(config: &EmulatorConfig) -> Self {
        let mut board = Self::new(config.begin().seed);
        for rule in config.scenario.iter().flat_map(|scenario| &scenario.faults) {
            board.add(rule.clone());
        }
        board
    }

    pub(crate) fn all(&self) -> &[Fault] {
        &self.rules
    }

    /// Adds a rule and answers its id.
    pub(crate) fn add(&mut self, mut rule: Fault) -> u64 {
        self.last_id += 1;
        rule.id = self.last_id;
        let endless = u64::from(rule.probability.is_none());
        rule.times = Some(rule.times.unwrap_or(endless));
        (rule.seen, rule.hits, rule.chosen) = (0, 0, 0);
        self.rules.push(rule);
        self.last_id
    }

    pub(crate) fn clear(&mut self) {
        self.rules.clear();
    }

    /// `false` if there is no such rule.
    pub(crate) fn remove(&mut self, id: u64) -> bool {
        let before = self.rules.len();
        self.rules.retain(|rule| rule.id != id);
        self.rules.len() < before
    }

    /// Switches a rule on or off; `false` if there is no such rule.
    pub(crate) fn set_enabled(&mut self, id: u64, enabled: bool) -> bool {
        let rule = self.rules.iter_mut().find(|rule| rule.id == id);
        rule.map(|rule| rule.enabled = enabled).is_some()
    }

    /// Whether any rule looks at calls to this endpoint: without one nobody asks whose call it is.
    pub(crate) fn watches(&self, endpoint: Endpoint) -> bool {
        self.rules.iter().any(|rule| rule.enabled && rule.names(endpoint))
    }

    /// Whether the body must be read to know which rule acts.
    pub(crate) fn asks_the_body(&self, endpoint: Endpoint) -> bool {
        let mut rules = self.rules.iter().filter(|rule| rule.enabled && rule.names(endpoint));
        rules.any(|rule| rule.asks_the_body(endpoint))
    }

    /// Counts the call on every rule and answers the first one that acts.
    pub(crate) fn pick(&mut self, endpoint: Endpoint, subject: &Subject) -> Option<Fault> {
        let mut picked = None;
        for rule in &mut self.rules {
            if rule.enabled && rule.matches(endpoint, subject) && rule.chooses(self.seed) && picked.is_none()
            {
                rule.hits += 1;
                picked = Some(rule.clone());
            }
        }
        picked
    }
}

impl Fault {
    /// Counts the call; `true` if it is one that this rule hits.
    fn chooses(&mut self, seed: u64) -> bool {
        self.seen += 1;
        let times = self.times.unwrap_or(1);
        if self.seen < self.nth || (times != 0 && self.chosen >= times) {
            return false;
        }
        let hit = self.probability.is_none_or(|chance| draw(seed, self.id, self.seen) < chance);
        self.chosen += u64::from(hit);
        hit
    }
}

/// A number in `0..1` that depends on nothing but seed, rule and call, so that rules do not disturb each other's histories.
fn draw(seed: u64, rule: u64, call: u64) -> f64 {
    let bits = mixed(mixed(mixed(seed).wrapping_add(rule)).wrapping_add(call));
    // 32 bits are finer than any probability a test asks for, and exact in a double.
    f64::from(u32::try_from(bits >> 32).unwrap_or(0)) / 4_294_967_296.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hits(board: &mut Board, calls: usize) -> Vec<bool> {
        (0..calls).map(|_| board.pick(Endpoint::Upload, &Subject::default()).is_some()).collect()
    }

    #[test]
    fn nth_and_times_choose_the_calls() {
        let mut board = Board::new(1);
        board.add(Fault::on("upload").nth(2).times(2).status(500));
        assert_eq!(hits(&mut board, 5), [false, true, true, false, false]);
        assert!(board.pick(Endpoint::UserInfo, &Subject::default()).is_none());
        assert_eq!((board.all()[0].seen, board.all()[0].hits), (5, 2));
    }

    #[test]
    fn a_rule_can_be_named_by_path_and_last_for_ever() {
        let mut board = Board::new(1);
        board.add(Fault::on("/v2/video/list").times(0).status(500));
        assert!((0..9).all(|_| board.pick(Endpoint::VideoList, &Subject::default()).is_some()));
        assert!(Fault::on("/v2/nothing/").complaint().is_some());
        assert!(Fault::on("*").status(200).complaint().is_none());
    }

    #[test]
    fn a_probability_is_drawn_from_the_seed() {
        let drawn = |seed| {
            let mut board = Board::new(seed);
            board.add(Fault::on("upload").probability(0.3).status(500));
            hits(&mut board, 1_000)
        };
        assert_eq!(drawn(1), drawn(1));
        assert_ne!(drawn(1), drawn(2));
        let count = drawn(1).into_iter().filter(|hit| *hit).count();
        assert!((250..350).contains(&count), "{count}");
        for (chance, expected) in [(0.0, 0), (1.0, 10)] {
            let mut board = Board::new(1);
            board.add(Fault::on("upload").probability(chance));
            assert_eq!(hits(&mut board, 10).into_iter().filter(|hit| *hit).count(), expected);
        }
    }

    #[test]
    fn a_rule_that_is_off_neither_acts_nor_counts_and_disturbs_no_other() {
        let history = |with_other: bool| {
            let mut board = Board::new(1);
            let id = board.add(Fault::on("upload").probability(0.5));
            let other = board.add(Fault::on("upload").probability(0.5));
            assert!(board.set_enabled(id, with_other));
            for _ in 0..100 {
                board.pick(Endpoint::Upload, &Subject::default());
            }
            board.all().iter().find(|rule| rule.id == other).map(|rule| (rule.seen, rule.chosen))
        };
        assert_eq!(history(true), history(false));
        let mut board = Board::new(1);
        let id = board.add(Fault::on("upload"));
        board.set_enabled(id, false);
        assert_eq!(hits(&mut board, 2), [false, false]);
        board.set_enabled(id, true);
        assert_eq!(hits(&mut board, 2), [true, false]);
        assert!(board.remove(id) && !board.remove(id) && !board.set_enabled(id, true));
    }
}
