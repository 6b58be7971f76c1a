//! The steps of a publishing process. The model has no lease, because both processes could own it at the same time.

use super::state::{
    At, CHUNKS, Kind, Message, Mutation, Outcome, Phase, Process, Reply, Request, Row, State, TaskState,
};

/// The result of a conditional write.
enum Written {
    Yes,
    /// Another attempt owns the row now.
    Lost,
    /// A webhook has ended the publish, and an ended publish is final.
    Ended(Row),
    /// A webhook has changed the row. The process has read the row again and repeats the write.
    Again,
}

impl State {
    /// Returns the state after the next step of process `p`; `None` while the process waits.
    pub(crate) fn protocol(mut self, p: usize, kind: Kind, mutation: Mutation) -> Option<Self> {
        let mut me = self.processes[p];
        me.at = match me.at {
            At::Over(_) | At::Crashed | At::InitSent | At::ChunkSent => return None,
            At::Started => {
                me.row = self.row;
                At::Read
            }
            At::Read => self.begin(&mut me, kind, mutation),
            At::Intended => {
                self.inits += 1;
                self.request(p, &me, Request::Init);
                At::InitSent
            }
            At::InitAnswered(task) => {
                let phase = if kind == Kind::File { Phase::Sending } else { Phase::Processing };
                let written = self.write(&mut me, mutation, |row| Row { phase, task: Some(task), ..row });
                let next = if kind == Kind::File { At::Due } else { At::Over(Outcome::Posted(task)) };
                after(&written, me.at, next)
            }
            At::InitRefused | At::Failing => {
                let written = self.write(&mut me, mutation, |row| Row { phase: Phase::Failed, ..row });
                after(&written, me.at, At::Over(Outcome::Failed))
            }
            At::Asking { refused } => {
                let task = me.row?.task?;
                At::StatusRead { state: self.tasks[task].state, chunks: self.tasks[task].chunks, refused }
            }
            At::StatusRead { state, chunks, refused } => {
                self.on_status(&mut me, (state, chunks, refused), mutation)?
            }
            At::Due => {
                let is_last = me.accepted + 1 == CHUNKS;
                if is_last && mutation != Mutation::NoLastChunkMark {
                    let written = self.write(&mut me, mutation, |row| Row { last: true, ..row });
                    after(&written, me.at, At::Checked)
                } else {
                    let owns = self.row.is_some_and(|row| row.attempt == me.attempt);
                    let may_send = owns || mutation == Mutation::LastWriterWins;
                    if may_send { At::Checked } else { At::Over(Outcome::Conflict) }
                }
            }
            At::Checked => {
                self.request(p, &me, Request::Chunk { task: me.row?.task?, index: me.accepted });
                At::ChunkSent
            }
            At::ChunkAnswered(reply) => {
                let accepted = me.accepted + 1;
                match reply {
                    Reply::Accepted => self.accept(&mut me, accepted, mutation)?,
                    Reply::OutOfRange(chunks) if chunks == accepted => {
                        self.accept(&mut me, accepted, mutation)?
                    }
                    _ if accepted == CHUNKS => At::Asking { refused: true },
                    _ => At::Failing,
                }
            }
        };
        self.processes[p] = me;
        Some(self)
    }

    /// Starts the publish, takes it over or does nothing, depending on the row that the process has read.
    fn begin(&mut self, me: &mut Process, kind: Kind, mutation: Mutation) -> At {
        let fresh = |attempt, revision| Row {
            attempt,
            revision,
            phase: Phase::Intent,
            task: None,
            accepted: 0,
            last: false,
        };
        let attempt = self.attempts + 1;
        let blind = mutation == Mutation::TakeOverWithoutCompare;
        let row = match me.row {
            None if self.row.is_none() || blind => fresh(attempt, self.row.map_or(0, |row| row.revision + 1)),
            // The insert fails because another process has inserted a row.
            None => return At::Started,
            Some(Row { phase: Phase::Processing | Phase::Done, task: Some(task), .. }) => {
                return At::Over(Outcome::Posted(task));
            }
            Some(Row { phase: Phase::Intent, .. })
                if kind == Kind::Pulled && mutation != Mutation::TakeOverPulledIntent =>
            {
                return At::Over(Outcome::Unclear);
            }
            Some(seen) if self.row != Some(seen) && !blind => {
                let same_owner = self.row.is_some_and(|row| row.attempt == seen.attempt);
                return if same_owner { At::Started } else { At::Over(Outcome::Conflict) };
            }
            Some(Row { phase: Phase::Sending, revision, .. }) => {
                let seen = me.row.unwrap_or(fresh(attempt, revision));
                Row { attempt, revision: revision + 1, ..seen }
            }
            Some(seen) => fresh(attempt, seen.revision + 1),
        };
        self.attempts = attempt;
        (self.row, me.row, me.attempt) = (Some(row), Some(row), attempt);
        (me.accepted, me.inherited, me.lost) = (row.accepted, row.last, false);
        if row.phase == Phase::Sending { At::Asking { refused: false } } else { At::Intended }
    }

    fn on_status(
        &mut self,
        me: &mut Process,
        (state, chunks, refused): (TaskState, u8, bool),
        mutation: Mutation,
    ) -> Option<At> {
        Some(match state {
            TaskState::Failed => At::Failing,
            TaskState::Complete => return self.accept(me, CHUNKS, mutation),
            // A request without a response may still arrive at any time, so a rejection of the same chunk proves
            // nothing.
            TaskState::Open
                if refused
                    && (me.inherited && mutation != Mutation::NewTaskAfterExpiry
                        || me.lost && mutation != Mutation::BelieveRefusal) =>
            {
                At::Over(Outcome::Unclear)
            }
            TaskState::Open if refused => At::Failing,
            TaskState::Open => {
                me.accepted = me.accepted.max(chunks);
                At::Due
            }
        })
    }

    /// Records that TikTok has `accepted` chunks of the file.
    fn accept(&mut self, me: &mut Process, accepted: u8, mutation: Mutation) -> Option<At> {
        let task = me.row?.task?;
        let is_all = accepted == CHUNKS;
        let written = self.write(me, mutation, |row| {
            let phase = if is_all { Phase::Processing } else { row.phase };
            Row { phase, accepted, ..row }
        });
        if matches!(written, Written::Yes) {
            me.accepted = accepted;
        }
        Some(after(&written, me.at, if is_all { At::Over(Outcome::Posted(task)) } else { At::Due }))
    }

    /// Writes a step of the attempt if the attempt still owns the row and the row has not changed.
    fn write(&mut self, me: &mut Process, mutation: Mutation, change: impl Fn(Row) -> Row) -> Written {
        let (Some(row), Some(seen)) = (self.row, me.row) else { return Written::Lost };
        if row.revision != seen.revision && mutation != Mutation::LastWriterWins {
            if row.attempt != me.attempt {
                return Written::Lost;
            }
            me.row = Some(row);
            return if row.has_ended() { Written::Ended(row) } else { Written::Again };
        }
        let next = Row { revision: row.revision + 1, ..change(seen) };
        (self.row, me.row) = (Some(next), Some(next));
        Written::Yes
    }

    fn request(&mut self, p: usize, me: &Process, request: Request) {
        let admitted = request == Request::Init;
        self.send(Message { request, sender: p, attempt: me.attempt, awaited: true, admitted });
    }
}

/// Returns the next position of a process after a conditional write.
fn after(written: &Written, here: At, next: At) -> At {
    match written {
        Written::Yes => next,
        Written::Again => here,
        Written::Lost => At::Over(Outcome::Conflict),
        Written::Ended(Row { phase: Phase::Done, task: Some(task), .. }) => At::Over(Outcome::Posted(*task)),
        Written::Ended(_) => At::Over(Outcome::Failed),
    }
}
