//! The refresh protocol as a transition system: three processes, one row, one lease, and TikTok. Each process is at a
//! [`Failpoint`] from the core's own list, so that the model and the kill test use the same steps.

use std::fmt::Debug;
use toklink::session::failpoints::Failpoint;

pub(crate) const PROCESSES: usize = 3;

/// An intent, identified by its time. As in the code, a later intent has a greater value.
pub(crate) type Intent = u8;

/// A deliberate fault that the checker must detect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mutation {
    None,
    /// The token pair overwrites the row without a comparison.
    WriteWithoutCompare,
    /// The status is written without a comparison.
    ExpireWithoutCompare,
    /// `invalid_grant` is accepted although another process's intent is open.
    BelieveAtOnce,
    /// Callers receive the token pair before it is stored.
    HandOutFirst,
    /// No intent is written.
    NoIntent,
    /// The row is not read again under the lease.
    ReadBeforeLease,
}

/// TikTok's response, as far as the process has received it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Reply {
    Nothing,
    Pair(u8),
    Refused,
    /// TikTok rejected the request, or none was sent: the token was not used.
    Unused,
    Unclear,
}

/// Result of a refresh for its callers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Outcome {
    /// A token with this generation number.
    Got(u8),
    /// An error that reports the lost account. `concluded` is true in the process that detected the loss and false in a
    /// later reader; `why` is true if the error contains the reason.
    Told {
        concluded: bool,
        why: bool,
    },
    Error,
}

/// Position of a process in the protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum At {
    Passed(Failpoint),
    /// The request is in flight.
    InFlight,
    /// TikTok has processed the request, and its response is in flight.
    Answered,
    /// The process has read the row to verify a rejection.
    Deciding,
    /// The process has read the row to close the intent.
    Withdrawing,
    Finished,
    Crashed,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Row {
    /// Number of the refresh token, counted from the first token.
    pub(crate) token: u8,
    /// Number of the encryption, which every write compares.
    pub(crate) sealing: u8,
    pub(crate) expired: bool,
    pub(crate) intent: Option<Intent>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Process {
    pub(crate) at: At,
    /// True for the second refresh of the process.
    again: bool,
    /// Intent of this refresh.
    own: Option<Intent>,
    /// The row as the process last read it.
    pub(crate) read: Row,
    /// The previous intent, if its owner may still be active; `Intent::suspect` in the code.
    pub(crate) suspect: Option<Intent>,
    /// The previous intent, of any owner.
    pub(crate) before: Option<Intent>,
    /// The counterpart of `ended` in the implementation. A crash clears it.
    pub(crate) ended: Option<(Intent, Option<Intent>)>,
    pub(crate) reply: Reply,
    pub(crate) outcome: Option<Outcome>,
}

/// Number of faults that can still occur. It bounds the number of states.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Budget {
    pub(crate) crashes: u8,
    pub(crate) expiries: u8,
    pub(crate) losses: u8,
    pub(crate) refusals: u8,
    pub(crate) reseals: u8,
    pub(crate) logins: u8,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct State {
    /// The refresh token that TikTok accepts.
    pub(crate) tiktok: u8,
    /// A request whose sender has given up and that TikTok has not received yet.
    pub(crate) stray: Option<u8>,
    pub(crate) row: Row,
    pub(crate) lease: Option<usize>,
    pub(crate) processes: [Process; PROCESSES],
    pub(crate) budget: Budget,
    /// True if TikTok's response with the only valid token was lost, either in flight or with the process that received
    /// it.
    pub(crate) answer_lost: bool,
    pub(crate) intents: u8,
    pub(crate) requests: u8,
    pub(crate) errors: u8,
    pub(crate) expiries: u8,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Action {
    /// The process takes the next step of the protocol.
    Next(usize),
    /// TikTok processes the request.
    Handle(usize),
    /// TikTok rejects the request temporarily.
    Refuse(usize),
    /// The connection breaks.
    Lose(usize),
    /// TikTok processes a request whose sender has ended.
    HandleStray,
    Crash(usize),
    /// A caller requests a token again after a restart or an error.
    Again(usize),
    ExpireLease,
    Reseal,
    Login,
}

impl Process {
    fn new(again: bool) -> Self {
        let read = Row { token: 0, sealing: 0, expired: false, intent: None };
        Self {
            at: At::Passed(Failpoint::Started),
            again,
            own: None,
            read,
            suspect: None,
            before: None,
            ended: None,
            reply: Reply::Nothing,
            outcome: None,
        }
    }

    /// Returns true if the process will store this token pair unless it crashes.
    fn brings(&self, token: u8) -> bool {
        let on_its_way = matches!(
            self.at,
            At::Answered | At::Passed(Failpoint::ReplyRead | Failpoint::PairEncrypted | Failpoint::SwapLost)
        );
        on_its_way && self.reply == Reply::Pair(token)
    }

    fn is_over(&self) -> bool {
        matches!(self.at, At::Finished | At::Crashed)
    }

    fn end(&mut self, outcome: Outcome) {
        self.outcome = Some(outcome);
    }
}

impl State {
    pub(crate) fn first(budget: Budget) -> Self {
        let row = Row { token: 0, sealing: 0, expired: false, intent: None };
        Self {
            tiktok: 0,
            stray: None,
            row,
            lease: None,
            processes: [Process::new(false); PROCESSES],
            budget,
            answer_lost: false,
            intents: 0,
            requests: 0,
            errors: 0,
            expiries: 0,
        }
    }

    /// Returns true if the row's token is invalid and no process will store the valid one.
    pub(crate) fn is_lost(&self) -> bool {
        self.row.token != self.tiktok && !self.processes.iter().any(|process| process.brings(self.tiktok))
    }

    pub(crate) fn all_over(&self) -> bool {
        self.stray.is_none() && self.processes.iter().all(Process::is_over)
    }

    /// Returns true if the owner of this intent, or of an intent that it replaced, is still active.
    fn is_at_work(&self, intent: Intent) -> bool {
        let mut alive = self.processes.iter().filter(|process| !process.is_over());
        alive.any(|process| process.own.is_some_and(|own| own <= intent))
    }

    fn holds(&self, read: Row) -> bool {
        (self.row.token, self.row.sealing) == (read.token, read.sealing)
    }

    /// Returns the result for a process that reads the row and sends no request to TikTok.
    fn already_there(&self) -> Option<Outcome> {
        let told = Outcome::Told { concluded: false, why: self.row.intent.is_some() };
        match self.row {
            Row { expired: true, .. } => Some(told),
            // The access token of the first generation has expired; later access tokens are valid.
            Row { token, .. } => (token > 0).then_some(Outcome::Got(token)),
        }
    }

    /// Sends `token` to TikTok. A rotation invalidates the token.
    fn present(&mut self, token: u8) -> Reply {
        if token != self.tiktok {
            return Reply::Refused;
        }
        self.tiktok += 1;
        Reply::Pair(self.tiktok)
    }

    /// Returns true if the lease's owner has not written its intent yet.
    fn is_beginning(&self) -> bool {
        self.lease.is_some_and(|p| {
            matches!(self.processes[p].at, At::Passed(Failpoint::LeaseAcquired | Failpoint::RowRead))
        })
    }

    /// Returns the state after an action of the environment; `None` if the action is impossible.
    pub(crate) fn environment(mut self, action: Action, timely: bool) -> Option<Self> {
        match action {
            Action::Next(_) => return None,
            Action::Handle(p) => {
                if self.processes[p].at != At::InFlight {
                    return None;
                }
                self.processes[p].reply = self.present(self.processes[p].read.token);
                self.processes[p].at = At::Answered;
            }
            Action::Refuse(p) => {
                if self.processes[p].at != At::InFlight {
                    return None;
                }
                self.budget.refusals = self.budget.refusals.checked_sub(1)?;
                (self.processes[p].reply, self.processes[p].at) = (Reply::Unused, At::Answered);
            }
            Action::Lose(p) => {
                self.budget.losses = self.budget.losses.checked_sub(1)?;
                match self.processes[p].at {
                    At::InFlight => self.stray = Some(self.processes[p].read.token),
                    At::Answered => self.answer_lost |= self.processes[p].brings(self.tiktok),
                    _ => return None,
                }
                self.processes[p].reply = Reply::Unclear;
                self.processes[p].at = At::Passed(Failpoint::ReplyRead);
            }
            Action::HandleStray => {
                let token = self.stray.take()?;
                self.answer_lost |= matches!(self.present(token), Reply::Pair(_));
            }
            Action::Crash(p) => {
                if self.processes[p].is_over() {
                    return None;
                }
                self.budget.crashes = self.budget.crashes.checked_sub(1)?;
                if self.processes[p].at == At::InFlight {
                    self.stray = Some(self.processes[p].read.token);
                }
                self.answer_lost |= self.processes[p].brings(self.tiktok);
                let again = self.processes[p].again;
                self.processes[p] = Process { at: At::Crashed, ..Process::new(again) };
            }
            Action::Again(p) => {
                let process = self.processes[p];
                let failed = process.at == At::Crashed || process.outcome == Some(Outcome::Error);
                if !process.is_over() || process.again || !failed {
                    return None;
                }
                self.processes[p] = Process { ended: process.ended, ..Process::new(true) };
            }
            Action::ExpireLease => {
                // With bounded times, the first read and write together take less time than a lease.
                if timely && self.is_beginning() {
                    return None;
                }
                self.lease.take()?;
                self.budget.expiries = self.budget.expiries.checked_sub(1)?;
                self.expiries += 1;
            }
            Action::Reseal => {
                self.budget.reseals = self.budget.reseals.checked_sub(1)?;
                self.row.sealing += 1;
            }
            Action::Login => {
                self.budget.logins = self.budget.logins.checked_sub(1)?;
                self.tiktok += 1;
                self.row = Row { token: self.tiktok, sealing: 0, expired: false, intent: None };
                self.answer_lost = false;
            }
        }
        Some(self)
    }

    /// Returns the state after the next step of process `p`; `None` while the process waits.
    #[expect(clippy::too_many_lines, reason = "one function is easier to compare with src/session")]
    pub(crate) fn protocol(mut self, p: usize, mutation: Mutation, timely: bool) -> Option<Self> {
        let mut me = self.processes[p];
        let returns = me.outcome.is_some() && me.at != At::Passed(Failpoint::LeaseReleased);
        let to = match me.at {
            At::Finished | At::Crashed | At::InFlight => return None,
            _ if returns && me.at != At::Passed(Failpoint::Started) => {
                if self.lease == Some(p) {
                    self.lease = None;
                }
                At::Passed(Failpoint::LeaseReleased)
            }
            At::Passed(Failpoint::LeaseReleased) => At::Finished,
            At::Passed(Failpoint::Started) => {
                if mutation == Mutation::ReadBeforeLease {
                    me.read = self.row;
                }
                if self.lease.is_none() {
                    self.lease = Some(p);
                    At::Passed(Failpoint::LeaseAcquired)
                } else {
                    me.end(self.already_there()?);
                    At::Finished
                }
            }
            At::Passed(Failpoint::LeaseAcquired) => {
                if mutation != Mutation::ReadBeforeLease {
                    me.read = self.row;
                    if let Some(outcome) = self.already_there() {
                        me.end(outcome);
                    }
                }
                me.before = me.read.intent;
                me.suspect = match (me.before, me.ended) {
                    (Some(before), Some((ended, suspect))) if ended == before => suspect,
                    (before, _) => before,
                };
                At::Passed(Failpoint::RowRead)
            }
            At::Passed(Failpoint::RowRead) if mutation == Mutation::NoIntent => {
                At::Passed(Failpoint::IntentWritten)
            }
            At::Passed(Failpoint::RowRead) if self.holds(me.read) => {
                self.intents += 1;
                (me.own, self.row.intent) = (Some(self.intents), Some(self.intents));
                At::Passed(Failpoint::IntentWritten)
            }
            At::Passed(Failpoint::RowRead) if mutation == Mutation::ReadBeforeLease => {
                At::Passed(Failpoint::IntentWritten)
            }
            At::Passed(Failpoint::RowRead) => At::Passed(Failpoint::LeaseAcquired),
            At::Passed(Failpoint::IntentWritten) => {
                self.requests += 1;
                At::InFlight
            }
            At::Answered => At::Passed(Failpoint::ReplyRead),
            At::Passed(Failpoint::ReplyRead) => match me.reply {
                Reply::Pair(token) => {
                    if mutation == Mutation::HandOutFirst {
                        me.end(Outcome::Got(token));
                    }
                    At::Passed(Failpoint::PairEncrypted)
                }
                reply => {
                    me.ended = me.own.map(|own| (own, me.suspect));
                    match reply {
                        Reply::Refused => At::Passed(Failpoint::InvalidGrantRead),
                        Reply::Unused if self.row.intent == me.own => {
                            me.read = self.row;
                            At::Withdrawing
                        }
                        _ => {
                            self.errors += 1;
                            me.end(Outcome::Error);
                            me.at
                        }
                    }
                }
            },
            At::Withdrawing => {
                if self.holds(me.read) {
                    if let Some(before) = me.before {
                        me.ended = Some((before, me.suspect));
                    }
                    self.row.intent = me.before;
                }
                self.errors += 1;
                me.end(Outcome::Error);
                At::Passed(Failpoint::IntentCleared)
            }
            At::Passed(Failpoint::PairEncrypted) => {
                let Reply::Pair(token) = me.reply else { return None };
                if self.holds(me.read) || mutation == Mutation::WriteWithoutCompare {
                    self.row = Row { token, sealing: 0, expired: false, intent: None };
                    me.end(Outcome::Got(token));
                    At::Passed(Failpoint::PairWritten)
                } else {
                    At::Passed(Failpoint::SwapLost)
                }
            }
            At::Passed(Failpoint::SwapLost) => {
                if self.row.token == me.read.token {
                    me.read = self.row;
                    At::Passed(Failpoint::PairEncrypted)
                } else {
                    me.end(self.already_there()?);
                    me.at
                }
            }
            At::Passed(Failpoint::InvalidGrantRead) => {
                if self.row.expired || self.row.token != me.read.token {
                    me.end(self.already_there()?);
                    me.at
                } else {
                    let there = self.row.intent.filter(|intent| me.own != Some(*intent));
                    let others = there.or(me.suspect);
                    // With bounded times, an intent is only as old as a lease if its refresh and all earlier refreshes
                    // have ended.
                    let at_work = others.is_some_and(|intent| timely && self.is_at_work(intent));
                    if at_work && mutation != Mutation::BelieveAtOnce {
                        return None;
                    }
                    me.read = self.row;
                    me.before = there.or(me.before);
                    At::Deciding
                }
            }
            At::Deciding if self.holds(me.read) || mutation == Mutation::ExpireWithoutCompare => {
                (self.row.expired, self.row.intent) = (true, None);
                At::Passed(Failpoint::ExpiredWritten)
            }
            At::Deciding => At::Passed(Failpoint::InvalidGrantRead),
            At::Passed(Failpoint::ExpiredWritten) => {
                me.end(Outcome::Told { concluded: true, why: me.before.is_some() });
                if me.before.is_some() && self.holds(me.read) {
                    self.row.intent = me.before;
                }
                if me.before.is_some() { At::Passed(Failpoint::ReasonWritten) } else { me.at }
            }
            At::Passed(_) => return None,
        };
        me.at = to;
        self.processes[p] = me;
        Some(self)
    }
}
