//! Media that TikTok fetches itself: a video by its URL, and photos. toklink cannot hold back bytes here, so a request
//! whose response is lost may have created a post. Only the caller can verify that it has not.

use super::context::PublishContext;
use super::fingerprint::settings_of;
use super::journal::{Journal, used_for_another};
use super::publisher::Publisher;
use super::start::{Intent, Start};
use super::{PublishOptions, PublishOutcome, PublishPhotos, validate};
use crate::api::call::Call;
use crate::api::consumer::creator::{PrivacyLevel, QueryCreator};
use crate::api::consumer::post::{
    InitPhotos, InitReply, InitVideo, MAX_PHOTOS, PostForm, PostInfo, VideoOrigin,
};
use crate::config::is_loopback;
use crate::encoding::hex;
use crate::error::{Dispatch, Error, Owner, Result};
use crate::secret::Secret;
use sha2::{Digest, Sha256};
use std::sync::atomic::Ordering;
use url::Url;

/// Media that TikTok fetches, and the settings of the post.
struct PullRequest<'a> {
    form: PostForm,
    post: &'a PostInfo,
    /// Digest of the media for the fingerprint.
    content_digest: String,
}

impl Publisher {
    /// Lets TikTok fetch a video.
    pub(super) async fn run_video_pull(
        &self,
        context: &PublishContext<'_>,
        (post, form): (&PostInfo, PostForm),
        url: &Secret,
        options: &PublishOptions,
    ) -> Result<PublishOutcome> {
        let content_digest = content_digest(std::slice::from_ref(url), 0)?;
        let call = InitVideo {
            post: (!form.is_draft()).then(|| post.clone()),
            origin: VideoOrigin::Pull(url.clone()),
        };
        self.run_pull(context, &PullRequest { form, post, content_digest }, &call, options).await
    }

    /// Lets TikTok fetch photos.
    pub(super) async fn run_photos(
        &self,
        context: &PublishContext<'_>,
        input: &PublishPhotos,
        options: &PublishOptions,
    ) -> Result<PublishOutcome> {
        let refuse = |message: String| Err(Error::invalid(message).with_owner(Owner::User));
        if input.urls.is_empty() || input.urls.len() > MAX_PHOTOS {
            return refuse(format!(
                "a post must have 1 to {MAX_PHOTOS} photos, but {} were passed; change the list",
                input.urls.len()
            ));
        }
        if input.cover_index >= input.urls.len() {
            return refuse(format!(
                "the cover index is {}, but the post has {} photos and indexes start at 0; use a lower index",
                input.cover_index,
                input.urls.len()
            ));
        }
        let content_digest = content_digest(&input.urls, input.cover_index)?;
        let call = InitPhotos {
            post: input.post.clone(),
            draft: input.draft,
            urls: input.urls.clone(),
            cover_index: input.cover_index,
        };
        let form = if input.draft { PostForm::PhotosDraft } else { PostForm::Photos };
        self.run_pull(context, &PullRequest { form, post: &input.post, content_digest }, &call, options).await
    }

    async fn run_pull<C: Call<Output = InitReply>>(
        &self,
        context: &PublishContext<'_>,
        pulled: &PullRequest<'_>,
        call: &C,
        options: &PublishOptions,
    ) -> Result<PublishOutcome> {
        let &PublishContext { account, key, created_id, lease, ref attempt, .. } = context;
        let PullRequest { form, post, content_digest } = pulled;
        let settings = settings_of(post, *form);
        if let Some(journal) = Journal::find(&self.journal, &self.pipeline, account, key).await?
            && let Some(publish_id) = journal.sent(&settings, Some(content_digest))?
        {
            let _ = created_id.set(publish_id.clone());
            return self.query_outcome(account, &publish_id, Some(journal), Some(lease), options).await;
        }
        if !form.is_draft() {
            let creator = self.pipeline.run(account, &QueryCreator).await?;
            validate::settings(post, *form, &creator)?;
        }
        let intent = Intent {
            attempt,
            settings: &settings,
            content_digest,
            plan: None,
            may_become_public: post.privacy_level == Some(PrivacyLevel::PublicToEveryone) && !form.is_draft(),
            form: *form,
        };
        // A recorded intent stays unclear until TikTok responds to the request.
        self.closing.check()?;
        let mut journal = match Journal::start(&self.journal, &self.pipeline, account, key, intent).await? {
            Start::Fresh(mut journal) => {
                self.within_retention(context, &mut journal).await?;
                journal
            }
            Start::Sent { journal, publish_id } => {
                let _ = created_id.set(publish_id.clone());
                return self.query_outcome(account, &publish_id, Some(journal), Some(lease), options).await;
            }
            Start::Sending { .. } => return Err(used_for_another()),
        };
        context.may_have_posted.store(true, Ordering::Relaxed);
        let reply = self.pipeline.run(account, call).await;
        context.may_have_posted.store(false, Ordering::Relaxed);
        let reply = match reply {
            Ok(reply) => reply,
            // Keeps the recorded intent; without it, the same key could post twice.
            Err(error) if error.dispatch() == Dispatch::MaybeSent => return Err(unclear(error)),
            Err(error) => {
                journal.give_up().await?;
                return Err(error);
            }
        };
        let _ = created_id.set(reply.publish_id.clone());
        journal.created(&reply.publish_id, None).await?;
        self.query_outcome(account, &reply.publish_id, Some(journal), Some(lease), options).await
    }
}

/// Returns the error for a request that may have created a post. No query of TikTok's API shows whether it has.
fn unclear(error: Error) -> Error {
    let message = format!(
        "{}; TikTok may have created the post: look for it in TikTok, and if it is not there and no process still \
         works on it, abandon this publish",
        error.message()
    );
    error.with_message(message)
}

/// Returns a digest of the media's URLs without their queries, because queries contain signatures that change with each
/// use.
fn content_digest(urls: &[Secret], cover_index: usize) -> Result<String> {
    let mut digest = Sha256::new();
    for url in urls {
        // Plain http is accepted for loopback only, which nothing but a local emulator can fetch.
        let fetched = |url: &Url| (url.scheme() == "https" && url.host().is_some()) || is_loopback(url);
        let url = Url::parse(url.expose()).ok().filter(fetched);
        let url = url.ok_or_else(|| {
            Error::invalid(
                "TikTok fetches media from https URLs only; use a URL on a domain that is verified for \
                            the app",
            )
            .with_owner(Owner::User)
        })?;
        digest.update(url.origin().ascii_serialization());
        digest.update(url.path());
        digest.update([0]);
    }
    Ok(format!("{cover_index}-{}", hex::encode(&digest.finalize()[..16])))
}
