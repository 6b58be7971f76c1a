//! The points at which the test kills a child, the circumstances at each point, and the allowed results.

use toklink::session::failpoints::Failpoint;

/// Circumstances in which a refresh passes its point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scene {
    /// TikTok rotates the token.
    Plain,
    /// The row's token is re-encrypted during the call.
    Resealed,
    /// TikTok rejects the call temporarily, with 503.
    Refused,
    /// An earlier child was killed after it had received TikTok's response, so the stored token is invalid.
    AfterAnInterruption,
    /// The test kills the child while its request is in flight.
    InFlight,
}

/// A step of the protocol. `None` means that a request is in flight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct KillPoint(Option<Failpoint>);

impl KillPoint {
    pub(crate) const REPLY_READ: Self = Self(Some(Failpoint::ReplyRead));

    pub(crate) fn all() -> impl Iterator<Item = Self> {
        Failpoint::ALL.into_iter().map(|step| Self(Some(step))).chain([Self(None)])
    }

    pub(crate) fn name(self) -> &'static str {
        self.0.map_or("(request sent)", Failpoint::name)
    }

    pub(crate) const fn failpoint(self) -> Option<Failpoint> {
        self.0
    }

    pub(crate) const fn scene(self) -> Scene {
        match self.0 {
            None => Scene::InFlight,
            Some(Failpoint::SwapLost) => Scene::Resealed,
            Some(Failpoint::IntentCleared) => Scene::Refused,
            Some(Failpoint::InvalidGrantRead | Failpoint::ReasonWritten | Failpoint::ExpiredWritten) => {
                Scene::AfterAnInterruption
            }
            Some(_) => Scene::Plain,
        }
    }

    /// Returns true if the refresh may be interrupted: from TikTok's response until the write, only the child has the
    /// valid token.
    pub(crate) const fn may_interrupt(self) -> bool {
        matches!(
            self.0,
            None | Some(
                Failpoint::ReplyRead
                    | Failpoint::PairEncrypted
                    | Failpoint::SwapLost
                    | Failpoint::InvalidGrantRead
                    | Failpoint::ReasonWritten
                    | Failpoint::ExpiredWritten
            )
        )
    }

    /// Returns true if the account may still work. For a request in flight, it is random whether TikTok has processed
    /// it.
    pub(crate) const fn may_work(self) -> bool {
        self.0.is_none() || !self.may_interrupt()
    }

    /// Returns true if the reason may be missing: the status is stored before the reason.
    pub(crate) const fn may_lack_the_reason(self) -> bool {
        matches!(self.0, Some(Failpoint::ExpiredWritten))
    }
}
