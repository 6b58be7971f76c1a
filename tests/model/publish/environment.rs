//! The environment of the publishing processes: TikTok processes requests in any order, connections break, processes
//! crash, and webhooks arrive.

use super::state::{
    At, CHUNKS, Kind, Message, Outcome, Phase, Process, Reply, Request, Row, State, Task, TaskState,
};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Action {
    /// The process takes the next step of the protocol.
    Next(usize),
    /// TikTok processes the request with this number: it handles an init, checks the URL of a chunk, or completes an
    /// admitted chunk.
    Handle(usize),
    /// TikTok rejects an init and creates no task.
    Refuse(usize),
    /// A request for which no process waits never arrives.
    Drop(usize),
    /// The connection of a process breaks, before or after TikTok has processed its request.
    Lose(usize),
    Crash(usize),
    /// A caller repeats the call in this process.
    Again(usize),
    /// The upload URL of the task expires.
    Expire(usize),
    /// TikTok reports FAILED for the task.
    Fail(usize),
    /// A webhook arrives, and its receiver reads the row.
    Receive,
    /// The receiver of the webhook updates the row, if the row has not changed since it was read.
    Settle,
    /// The caller has checked TikTok and the processes, then abandons the publish.
    Abandon,
    /// Another process writes a cancel request. A heartbeat would change the row in the same way.
    RequestCancel,
}

impl State {
    /// Returns the state after `action`; `None` if the action is impossible.
    pub(crate) fn environment(mut self, action: Action, kind: Kind) -> Option<Self> {
        match action {
            Action::Next(_) => return None,
            Action::Handle(n) => self.handle(n, kind)?,
            Action::Refuse(p) => {
                self.budget.refusals = self.budget.refusals.checked_sub(1)?;
                let n = self.messages.iter().position(|m| m.sender == p && m.awaited)?;
                if self.messages[n].request != Request::Init {
                    return None;
                }
                self.messages.remove(n);
                self.inits -= 1;
                self.processes[p].at = At::InitRefused;
            }
            Action::Drop(n) => {
                if self.messages.get(n)?.awaited {
                    return None;
                }
                self.messages.remove(n);
            }
            Action::Lose(p) => self.lose(p)?,
            Action::Crash(p) => {
                if self.processes[p].is_over() {
                    return None;
                }
                self.budget.crashes = self.budget.crashes.checked_sub(1)?;
                self.hang_up(p);
                let again = self.processes[p].again;
                self.processes[p] = Process { at: At::Crashed, ..Process::new(again) };
            }
            Action::Again(p) => {
                let process = &self.processes[p];
                if !process.is_over() || process.again || matches!(process.at, At::Over(Outcome::Posted(_))) {
                    return None;
                }
                self.processes[p] = Process::new(true);
            }
            Action::Expire(task) => {
                if self.tasks.get(task)?.expired {
                    return None;
                }
                self.budget.expiries = self.budget.expiries.checked_sub(1)?;
                self.tasks[task].expired = true;
            }
            Action::Fail(task) => {
                if self.tasks.get(task)?.state == TaskState::Failed {
                    return None;
                }
                self.budget.failures = self.budget.failures.checked_sub(1)?;
                self.tasks[task].state = TaskState::Failed;
            }
            Action::Receive => {
                let row = self.row.filter(|row| !row.has_ended() && self.end_of(*row).is_some())?;
                self.budget.webhooks = self.budget.webhooks.checked_sub(1)?;
                self.webhook = Some(row);
            }
            Action::Settle => self.settle()?,
            Action::Abandon => self.abandon()?,
            // The owner stays the same. An attempt that reads the cancel request stops, which the model treats as a
            // crash.
            Action::RequestCancel => {
                let row = self.row.filter(|row| !row.has_ended())?;
                self.budget.cancels = self.budget.cancels.checked_sub(1)?;
                self.row = Some(Row { revision: row.revision + 1, ..row });
            }
        }
        Some(self)
    }

    fn handle(&mut self, n: usize, kind: Kind) -> Option<()> {
        let message = *self.messages.get(n)?;
        let Request::Chunk { task: at, index } = message.request else {
            self.messages.remove(n);
            let state = if kind == Kind::File { TaskState::Open } else { TaskState::Complete };
            self.tasks.push(Task { chunks: 0, state, expired: false });
            self.answer(message, At::InitAnswered(self.tasks.len() - 1));
            return Some(());
        };
        let task = &mut self.tasks[at];
        let is_open = task.state == TaskState::Open && (message.admitted || !task.expired);
        let reply = if !is_open {
            Reply::Refused
        } else if index != task.chunks {
            Reply::OutOfRange(task.chunks)
        } else if message.admitted {
            task.chunks += 1;
            if task.chunks == CHUNKS {
                task.state = TaskState::Complete;
            }
            Reply::Accepted
        } else {
            self.messages.remove(n);
            self.send(Message { admitted: true, ..message });
            return Some(());
        };
        self.messages.remove(n);
        self.answer(message, At::ChunkAnswered(reply));
        Some(())
    }

    fn answer(&mut self, message: Message, at: At) {
        if message.awaited {
            self.processes[message.sender].at = at;
        }
    }

    /// Handles a lost connection. Never repeats an unclear init. Sends an unclear chunk again, after a status query if
    /// it is the last chunk.
    fn lose(&mut self, p: usize) -> Option<()> {
        let me = self.processes[p];
        let next = match me.at {
            At::InitSent | At::InitAnswered(_) => At::Over(Outcome::Unclear),
            At::ChunkSent | At::ChunkAnswered(_) if me.accepted + 1 == CHUNKS => {
                At::Asking { refused: false }
            }
            At::ChunkSent | At::ChunkAnswered(_) => At::Due,
            _ => return None,
        };
        self.budget.losses = self.budget.losses.checked_sub(1)?;
        self.hang_up(p);
        self.processes[p].lost |= matches!(next, At::Asking { .. });
        self.processes[p].at = next;
        Some(())
    }

    /// Closes the connection of the process. A request that the process has sent may still arrive.
    fn hang_up(&mut self, p: usize) {
        for message in &mut self.messages {
            message.awaited &= message.sender != p;
        }
        self.messages.sort_unstable();
    }

    /// Returns the phase that follows when TikTok has ended the row's task; `None` while the task is open.
    fn end_of(&self, row: Row) -> Option<Phase> {
        match self.tasks[row.task?].state {
            TaskState::Open => None,
            TaskState::Complete => Some(Phase::Done),
            TaskState::Failed => Some(Phase::Failed),
        }
    }

    /// Updates the row from a webhook. Does not change the attempt; the owner detects the update at its next write.
    fn settle(&mut self) -> Option<()> {
        let seen = self.webhook.take()?;
        let row = self.row?;
        if row.revision == seen.revision {
            let phase = self.end_of(seen)?;
            self.row = Some(Row { revision: row.revision + 1, phase, ..row });
        } else if row.task == seen.task && !row.has_ended() {
            self.webhook = Some(row);
        }
        Some(())
    }

    /// Abandons the publish. The caller has verified that no process works on it, no request is in flight and TikTok
    /// has no post.
    fn abandon(&mut self) -> Option<()> {
        let row = self.row.filter(|row| matches!(row.phase, Phase::Intent | Phase::Sending))?;
        let is_quiet = self.processes.iter().all(Process::is_over) && self.messages.is_empty();
        if !is_quiet || self.posts() > 0 {
            return None;
        }
        self.budget.abandons = self.budget.abandons.checked_sub(1)?;
        self.attempts += 1;
        self.abandoned += 1;
        self.row =
            Some(Row { attempt: self.attempts, revision: row.revision + 1, phase: Phase::Failed, ..row });
        Some(())
    }
}
