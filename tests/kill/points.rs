//! Where a child is killed, in which scene, and what may come of it.

use toklink::session::steps::Step;

/// What happens around the refresh, so that it comes by its point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scene {
    /// TikTok rotates the token.
    Plain,
    /// The row is sealed anew during the call.
    Resealed,
    /// TikTok refuses in passing, with 503.
    Refused,
    /// An earlier child died with TikTok's answer, so that the token is dead.
    AfterAnInterruption,
    /// The child is killed from outside while its request is with TikTok.
    InFlight,
}

/// A step of the protocol, or `None` for the time that a request is with TikTok.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Point(Option<Step>);

impl Point {
    pub(crate) const AFTER_THE_ANSWER: Self = Self(Some(Step::ReplyRead));

    pub(crate) fn all() -> impl Iterator<Item = Self> {
        Step::ALL.into_iter().map(|step| Self(Some(step))).chain([Self(None)])
    }

    pub(crate) fn name(self) -> &'static str {
        self.0.map_or("(request sent)", Step::name)
    }

    pub(crate) const fn step(self) -> Option<Step> {
        self.0
    }

    pub(crate) const fn scene(self) -> Scene {
        match self.0 {
            None => Scene::InFlight,
            Some(Step::SwapLost) => Scene::Resealed,
            Some(Step::IntentWithdrawn) => Scene::Refused,
            Some(Step::RefusalRead | Step::ReasonWritten | Step::ExpiredWritten) => {
                Scene::AfterAnInterruption
            }
            Some(_) => Scene::Plain,
        }
    }

    /// From TikTok's answer to the write, the one valid token is known to the child alone.
    pub(crate) const fn may_interrupt(self) -> bool {
        matches!(
            self.0,
            None | Some(
                Step::ReplyRead
                    | Step::PairSealed
                    | Step::SwapLost
                    | Step::RefusalRead
                    | Step::ReasonWritten
                    | Step::ExpiredWritten
            )
        )
    }

    /// Everywhere else the account works. Whether TikTok has acted on a request that is on its way is for chance.
    pub(crate) const fn may_work(self) -> bool {
        self.0.is_none() || !self.may_interrupt()
    }

    /// The account is marked and the reason is not kept yet.
    pub(crate) const fn may_tell_less(self) -> bool {
        matches!(self.0, Some(Step::ExpiredWritten))
    }
}
