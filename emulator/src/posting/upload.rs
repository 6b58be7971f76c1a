//! The upload host: `PUT <upload_url>`, one chunk at a time (docs/tiktok-api.md 5.7, 14 E9).
//!
//! The emulator stores a chunk only once it is complete. It hashes the bytes as they arrive and does not keep them.

use hyper::{StatusCode, header};
use sha2::{Digest, Sha256};

use super::chunks::chunk_len;
use crate::media::Probe;
use crate::model::World;
use crate::model::task::{TASK_LIFE_MS, Task};
use crate::wire::{Call, Reply};

const TYPES: [&str; 3] = ["video/mp4", "video/quicktime", "video/webm"];

/// An accepted chunk whose bytes are still arriving. The emulator's state is not locked during the transfer.
#[derive(Debug)]
pub(crate) struct IncomingChunk {
    task: usize,
    first: u64,
    length: u64,
    received: u64,
    hash: Sha256,
    probe: Probe,
}

impl IncomingChunk {
    /// Adds the next bytes. Returns false if the chunk is now larger than announced.
    pub(crate) fn take(&mut self, bytes: &[u8]) -> bool {
        self.received += bytes.len() as u64;
        self.probe.take(bytes);
        self.hash.update(bytes);
        self.received <= self.length
    }
}

/// Checks the headers. The error is the response to send once the body has been read.
pub(crate) fn accept(world: &World, call: &mut Call) -> Result<IncomingChunk, Reply> {
    let reject = |status| Err(Reply::empty(status));
    let (id, token) = (call.query("upload_id"), call.query("upload_token"));
    let at = world
        .tasks
        .iter()
        .rposition(|t| Some(&t.upload_id) == id.as_ref() && Some(&t.upload_token) == token.as_ref());
    let Some(at) = at else { return reject(StatusCode::NOT_FOUND) };
    let task = &world.tasks[at];
    call.details.client_key = Some(task.client_key.clone());
    call.details.username = Some(task.username.clone());
    call.details.publish_id = Some(task.publish_id.clone());
    if let Some(status) = unavailable_status(task, world.now_ms) {
        return reject(status);
    }
    if !TYPES.iter().any(|kind| call.is_content_type(kind)) {
        return reject(StatusCode::BAD_REQUEST);
    }
    let Some((first, last, total)) = call.header(header::CONTENT_RANGE).and_then(parse_range) else {
        return reject(StatusCode::BAD_REQUEST);
    };
    if total != task.video_size || last < first || last >= total {
        return reject(StatusCode::BAD_REQUEST);
    }
    if first != task.received {
        return Err(progress(world, task, StatusCode::RANGE_NOT_SATISFIABLE));
    }
    let length = last - first + 1;
    let announced = call.header(header::CONTENT_LENGTH).map(str::parse::<u64>);
    if announced.is_some_and(|announced| announced != Ok(length)) {
        return reject(StatusCode::BAD_REQUEST);
    }
    if length != chunk_len(first, task.video_size, task.chunk_size, task.chunk_count) {
        return reject(StatusCode::BAD_REQUEST);
    }
    Ok(IncomingChunk {
        task: at,
        first,
        length,
        received: 0,
        hash: task.hash.clone(),
        probe: task.probe.clone(),
    })
}

/// Stores a complete chunk, unless the task has changed since `accept`.
pub(crate) fn commit(world: &mut World, chunk: IncomingChunk) -> Reply {
    let now_ms = world.now_ms;
    let Some(task) = world.tasks.get_mut(chunk.task) else { return Reply::empty(StatusCode::NOT_FOUND) };
    if let Some(status) = unavailable_status(task, now_ms) {
        return Reply::empty(status);
    }
    if chunk.received != chunk.length {
        return Reply::empty(StatusCode::BAD_REQUEST);
    }
    let mut status = StatusCode::RANGE_NOT_SATISFIABLE;
    if chunk.first == task.received {
        task.received += chunk.length;
        task.chunks.push(chunk.length);
        task.hash = chunk.hash;
        task.probe = chunk.probe;
        status = StatusCode::PARTIAL_CONTENT;
        if task.received == task.video_size {
            task.complete_ms = Some(now_ms);
            status = StatusCode::CREATED;
        }
    }
    progress(world, &world.tasks[chunk.task], status)
}

/// Returns 403 after an hour and 404 for a finished, failed or cancelled task.
fn unavailable_status(task: &Task, now_ms: i64) -> Option<StatusCode> {
    if !task.is_open() || task.complete_ms.is_some() {
        Some(StatusCode::NOT_FOUND)
    } else if now_ms - task.created_ms >= TASK_LIFE_MS {
        Some(StatusCode::FORBIDDEN)
    } else {
        None
    }
}

/// Returns a response with `Content-Range: bytes 0-{UPLOADED}/{TOTAL}`. `{UPLOADED}` is the last index, or the number
/// of bytes if the settings say so (C15); it is 0 before the first byte.
fn progress(world: &World, task: &Task, status: StatusCode) -> Reply {
    let shown =
        if world.settings.content_range_counts { task.received } else { task.received.saturating_sub(1) };
    Reply::empty(status).with("content-range", format!("bytes 0-{shown}/{}", task.video_size))
}

/// Parses `bytes {FIRST}-{LAST}/{TOTAL}`.
fn parse_range(value: &str) -> Option<(u64, u64, u64)> {
    let (range, total) = value.strip_prefix("bytes ")?.split_once('/')?;
    let (first, last) = range.split_once('-')?;
    let number = |text: &str| text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse().ok()).flatten();
    Some((number(first)?, number(last)?, number(total)?))
}
