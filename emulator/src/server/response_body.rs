//! Body of a response, sent completely or as a fault rule requires.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};

use super::socket::Reset;
use crate::clock::real_pause;
use crate::wire::Pace;

/// A response body. It announces its full length even if a rule truncates it, so that the client detects the missing
/// part.
pub(crate) struct ResponseBody {
    rest: Bytes,
    unsent: u64,
    pace: Option<Box<Pacing>>,
}

/// State that only responses with a fault rule need.
struct Pacing {
    throttle: Option<(usize, Duration)>,
    pause: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
    cut: bool,
    flushed: bool,
}

impl fmt::Debug for ResponseBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseBody").field("unsent", &self.unsent).finish_non_exhaustive()
    }
}

impl ResponseBody {
    pub(crate) fn new(mut body: Bytes, pace: Pace) -> Self {
        let mut unsent = body.len() as u64;
        if pace.throttle.is_none() && pace.cut_after.is_none() {
            return Self { rest: body, unsent, pace: None };
        }
        if let Some(bytes) = pace.cut_after {
            // An empty response announces one byte that is never sent; otherwise the response would be complete.
            unsent = unsent.max(1);
            let length = usize::try_from(bytes.min(unsent - 1)).unwrap_or(usize::MAX);
            body.truncate(length);
        }
        let throttle = pace.throttle.map(|(bytes, every_ms)| {
            (usize::try_from(bytes).unwrap_or(usize::MAX).max(1), Duration::from_millis(every_ms))
        });
        let paced = Pacing { throttle, pause: None, cut: pace.cut_after.is_some(), flushed: false };
        Self { rest: body, unsent, pace: Some(Box::new(paced)) }
    }

    /// Returns true if the body ends with a connection reset.
    pub(crate) fn is_cut(&self) -> bool {
        self.pace.as_ref().is_some_and(|pace| pace.cut)
    }
}

impl Body for ResponseBody {
    type Data = Bytes;
    type Error = Reset;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Reset>>> {
        let this = &mut *self;
        let mut take = this.rest.len();
        if let Some(pace) = &mut this.pace {
            if let Some(pause) = &mut pace.pause {
                std::task::ready!(pause.as_mut().poll(cx));
                pace.pause = None;
            }
            if this.rest.is_empty() && pace.cut {
                // Hyper flushes only while the body is pending. Without this wake-up, the client would not receive the part
                // before the truncation.
                if !pace.flushed {
                    pace.flushed = true;
                    cx.waker().wake_by_ref();
                    return Poll::Pending;
                }
                return Poll::Ready(Some(Err(Reset)));
            }
            if let Some((bytes, every)) = pace.throttle {
                take = take.min(bytes);
                if take < this.rest.len() {
                    pace.pause = Some(Box::pin(real_pause(every)));
                }
            }
        }
        if this.rest.is_empty() {
            return Poll::Ready(None);
        }
        let sent = this.rest.split_to(take);
        this.unsent -= take as u64;
        Poll::Ready(Some(Ok(Frame::data(sent))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && !self.is_cut()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.unsent)
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt;

    use super::*;

    async fn frames(body: &'static str, pace: Pace) -> (u64, Vec<usize>, bool) {
        let mut body = ResponseBody::new(Bytes::from_static(body.as_bytes()), pace);
        let (announced, mut sizes) = (body.unsent, Vec::new());
        while let Some(frame) = body.frame().await {
            match frame {
                Ok(frame) => sizes.push(frame.into_data().map_or(0, |data| data.len())),
                Err(Reset) => return (announced, sizes, true),
            }
        }
        (announced, sizes, false)
    }

    #[tokio::test]
    async fn body_is_throttled_and_truncated_by_the_rule() {
        let throttle = Some((3, 0));
        assert_eq!(frames("12345678", Pace::default()).await, (8, vec![8], false));
        assert_eq!(frames("12345678", Pace { throttle, cut_after: None }).await, (8, vec![3, 3, 2], false));
        assert_eq!(frames("12345678", Pace { throttle, cut_after: Some(4) }).await, (8, vec![3, 1], true));
    }

    #[tokio::test]
    async fn truncated_body_is_shorter_than_announced() {
        let cut = |bytes| Pace { throttle: None, cut_after: Some(bytes) };
        assert_eq!(frames("1234", cut(9)).await, (4, vec![3], true));
        assert_eq!(frames("", cut(9)).await, (1, vec![], true));
    }
}
