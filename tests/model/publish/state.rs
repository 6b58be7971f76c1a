//! The state of the publish model: one journal row, two processes, the requests in flight, and TikTok's tasks.

/// Number of processes that publish under one key.
pub(crate) const PROCESSES: usize = 2;
/// Number of chunks in a file. The last chunk creates the post.
pub(crate) const CHUNKS: u8 = 2;

/// Kind of media.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A file: TikTok creates a task at init and posts it when it has all bytes.
    File,
    /// Media that TikTok fetches itself, so that the init alone creates the post.
    Pulled,
}

/// A deliberate fault that the checker must detect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mutation {
    None,
    /// An update replaces the row regardless of its revision.
    LastWriterWins,
    /// A takeover replaces the row unconditionally.
    TakeOverWithoutCompare,
    /// "Last chunk may be sent" is not written before the last chunk.
    NoLastChunkMark,
    /// An expired URL starts a new task, although another attempt may have sent the last chunk.
    NewTaskAfterExpiry,
    /// A rejection of the last chunk is trusted, although an earlier copy of the chunk without a response may still
    /// arrive.
    BelieveRefusal,
    /// The intent of a pulled post is taken over in the same way as that of a file.
    TakeOverPulledIntent,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Phase {
    Intent,
    Sending,
    Processing,
    Done,
    Failed,
}

/// The row in the journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Row {
    /// The attempt that owns the publish.
    pub(crate) attempt: u8,
    pub(crate) revision: u8,
    pub(crate) phase: Phase,
    pub(crate) task: Option<usize>,
    pub(crate) accepted: u8,
    /// True once "last chunk may be sent" is written.
    pub(crate) last: bool,
}

impl Row {
    pub(crate) fn has_ended(self) -> bool {
        matches!(self.phase, Phase::Done | Phase::Failed)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum TaskState {
    Open,
    /// TikTok has everything that it needs: the task is a post.
    Complete,
    Failed,
}

/// A task in TikTok.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Task {
    pub(crate) chunks: u8,
    pub(crate) state: TaskState,
    /// True once the upload URL accepts no new request.
    pub(crate) expired: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Request {
    Init,
    Chunk { task: usize, index: u8 },
}

/// A request in flight.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Message {
    pub(crate) request: Request,
    pub(crate) sender: usize,
    /// The attempt that sent the request.
    pub(crate) attempt: u8,
    /// True while the sender waits for the response on an open connection.
    pub(crate) awaited: bool,
    /// True once the upload host has checked the URL. It then accepts the bytes, however slowly they arrive.
    pub(crate) admitted: bool,
}

/// TikTok's response to a chunk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Reply {
    Accepted,
    /// Status 416: TikTok has this number of chunks.
    OutOfRange(u8),
    /// Status 403 or 404.
    Refused,
}

/// Result of a publish for its caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Outcome {
    /// TikTok has posted this task.
    Posted(usize),
    /// Another attempt owns the publish.
    Conflict,
    /// The publish may have created a post.
    Unclear,
    /// Nothing was posted; the same key may start again.
    Failed,
}

/// Position of a process in the protocol. The process may stay at a position for any time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum At {
    Started,
    /// The process has read the row. It then reads creator info before it writes anything.
    Read,
    /// "Init may be sent" is written.
    Intended,
    InitSent,
    InitAnswered(usize),
    /// TikTok rejected the init and created nothing.
    InitRefused,
    /// The next step is a status query. `refused` is true if TikTok has already rejected a last chunk.
    Asking {
        refused: bool,
    },
    StatusRead {
        state: TaskState,
        chunks: u8,
        refused: bool,
    },
    /// The next chunk must be sent.
    Due,
    /// The attempt still owns the row; the next step sends the chunk.
    Checked,
    ChunkSent,
    ChunkAnswered(Reply),
    /// The task can no longer complete. The next step records this.
    Failing,
    Over(Outcome),
    Crashed,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Process {
    pub(crate) at: At,
    /// True if the process was started a second time.
    pub(crate) again: bool,
    pub(crate) attempt: u8,
    /// The row as the process last read or wrote it.
    pub(crate) row: Option<Row>,
    /// Number of chunks that TikTok has confirmed.
    pub(crate) accepted: u8,
    /// True if another attempt had written "last chunk may be sent" before this attempt took over.
    pub(crate) inherited: bool,
    /// True if this attempt sent the last chunk and lost the response.
    pub(crate) lost: bool,
}

impl Process {
    pub(crate) fn new(again: bool) -> Self {
        Self { at: At::Started, again, attempt: 0, row: None, accepted: 0, inherited: false, lost: false }
    }

    pub(crate) fn is_over(&self) -> bool {
        matches!(self.at, At::Over(_) | At::Crashed)
    }
}

/// Number of faults that can still occur. It keeps the number of states finite.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Budget {
    pub(crate) crashes: u8,
    pub(crate) losses: u8,
    pub(crate) refusals: u8,
    pub(crate) expiries: u8,
    pub(crate) failures: u8,
    pub(crate) webhooks: u8,
    pub(crate) abandons: u8,
    pub(crate) cancels: u8,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct State {
    pub(crate) row: Option<Row>,
    pub(crate) processes: [Process; PROCESSES],
    pub(crate) tasks: Vec<Task>,
    /// Requests in flight, sorted. TikTok receives them in any order.
    pub(crate) messages: Vec<Message>,
    /// The row as the receiver of the webhook has read it.
    pub(crate) webhook: Option<Row>,
    pub(crate) budget: Budget,
    pub(crate) attempts: u8,
    /// Number of inits that may have created a task.
    pub(crate) inits: u8,
    pub(crate) abandoned: u8,
}

impl State {
    pub(crate) fn first(budget: Budget) -> Self {
        Self {
            row: None,
            processes: [Process::new(false); PROCESSES],
            tasks: Vec::new(),
            messages: Vec::new(),
            webhook: None,
            budget,
            attempts: 0,
            inits: 0,
            abandoned: 0,
        }
    }

    /// Returns the number of posts, including tasks that TikTok still processes.
    pub(crate) fn posts(&self) -> usize {
        self.tasks.iter().filter(|task| task.state == TaskState::Complete).count()
    }

    pub(crate) fn outcomes(&self) -> impl Iterator<Item = Outcome> {
        self.processes.iter().filter_map(|process| match process.at {
            At::Over(outcome) => Some(outcome),
            _ => None,
        })
    }

    pub(crate) fn send(&mut self, message: Message) {
        self.messages.push(message);
        self.messages.sort_unstable();
    }
}
