//! The content and the settings of a post.

use crate::client::account_id;
use crate::ffi::input::{self, Options};
use crate::publish::outcome::toklink_progress;
use crate::publish::source::{self, toklink_read_callback};
use crate::runtime::callback::{Kept, toklink_destroy};
use crate::runtime::engine::Engine;
use crate::runtime::progress::Latest;
use crate::runtime::task::{Context, Task};
use core_toklink::{
    AccountKey, Client, Error, PostInfo, PrivacyLevel, PublishOptions, PublishPhotos, PublishProgress,
    PublishVideo, Result, Secret, VideoSource,
};
use std::ffi::{c_char, c_void};
use std::future::Future;
use std::sync::Arc;

/// Receives the progress of a publish, in order. A slow host only receives the latest progress. Called on the calling
/// thread of a blocking call, otherwise on the callback thread. Return false to cancel the publish.
pub type toklink_progress_callback =
    Option<unsafe extern "C" fn(user_data: *mut c_void, progress: *const toklink_progress) -> bool>;

/// The content and the settings of a post. Initialise it with `TOKLINK_PUBLISH_OPTIONS_INIT`; comments, duets and stitches are off by default. A
/// video needs exactly one of `path`, `data`, `read`, `url` and `relay_url`; photos need `photo_urls`.
///
/// Threads: the library reads them only during the call to which they are passed.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct toklink_publish_options {
    /// The size of this struct, which `TOKLINK_PUBLISH_OPTIONS_INIT` sets.
    pub size: usize,
    /// The id of the account. Required.
    pub account: *const c_char,
    /// The key under which the account posts at most once. After a crash, a call with the same key continues after the
    /// last accepted byte; after success, it returns the same publish. NULL: a random key.
    pub idempotency_key: *const c_char,
    /// The path of the video file in UTF-8: MP4, MOV or WebM. The file must not change until the publish has ended.
    pub path: *const c_char,
    /// The bytes of the video, which are copied.
    pub data: *const u8,
    /// Number of bytes of `data`.
    pub data_size: usize,
    /// Reads exactly `read_size` bytes. The library keeps at most 10.5 MB of them, for a chunk that must be sent again.
    /// To resume such a publish, supply the same bytes from the first one under the same idempotency key.
    pub read: toklink_read_callback,
    /// Passed to `read`; it must live until `read_destroy` is called.
    pub read_data: *mut c_void,
    /// Frees `read_data` once `read` is not called again; NULL: nothing to free. Called once for each call that takes these
    /// options: see "Callbacks" at the top.
    pub read_destroy: toklink_destroy,
    /// Number of bytes that `read` delivers.
    pub read_size: u64,
    /// An https URL from which TikTok fetches the video within one hour. Its domain must be verified for the app.
    pub url: *const c_char,
    /// A public https URL from which the library reads the video while it uploads it. The server must respond within 30
    /// s and state the length. Private addresses are rejected, even behind redirects.
    pub relay_url: *const c_char,
    /// The https URLs of the photos (JPEG or `WebP`), on a domain that is verified for the app.
    pub photo_urls: *const *const c_char,
    /// Number of `photo_urls`, 1 to 35.
    pub photo_count: usize,
    /// The index of the cover in `photo_urls`.
    pub cover_index: usize,
    /// The audience, one of `privacy_levels` of `toklink_creator`, for example `SELF_ONLY`. Required except for drafts.
    pub privacy_level: *const c_char,
    /// The caption of a video (at most 2,200 UTF-16 code units) or the title of photos (at most 90), with `#tags` and `@handles`.
    pub title: *const c_char,
    /// The text below photos, at most 4,000 UTF-16 code units; not for videos.
    pub description: *const c_char,
    /// The position of the cover frame, in milliseconds; only for videos that are `PUBLIC_TO_EVERYONE`. 0: the first
    /// frame.
    pub cover_timestamp_ms: u32,
    /// First asks TikTok to fetch `relay_url` itself. The library relays the video only if the domain is not verified
    /// for the app.
    pub relay_if_unverified: bool,
    /// Allows comments.
    pub allow_comment: bool,
    /// Allows duets; for videos.
    pub allow_duet: bool,
    /// Allows stitches; for videos.
    pub allow_stitch: bool,
    /// Declares a paid partnership with a third party.
    pub brand_content: bool,
    /// Declares a promotion of the creator's own business.
    pub brand_organic: bool,
    /// Labels the post as AI-generated.
    pub is_aigc: bool,
    /// Lets TikTok add recommended music; for photos.
    pub auto_add_music: bool,
    /// Sends a draft to the creator's inbox instead of posting. TikTok then ignores the settings; the result contains a
    /// warning for each.
    pub draft: bool,
    /// Completes when TikTok has accepted all bytes, without waiting for the outcome.
    pub no_wait: bool,
    /// Time limit in milliseconds, after which the publish is cancelled with `TOKLINK_REASON_TIMED_OUT`; it can be
    /// resumed. 0: no limit.
    pub timeout_ms: u64,
    /// Receives the progress; NULL: none.
    pub progress: toklink_progress_callback,
    /// Passed to `progress`. NULL: the call's `user_data`. Must live until the publish has ended.
    pub progress_data: *mut c_void,
}

// SAFETY: `repr(C)`, starts with its size, and zero is valid for pointers, numbers, flags and callbacks.
unsafe impl Options for toklink_publish_options {
    const NAME: &'static str = "toklink_publish_options";
}

/// The options of a publish, read and checked.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) account: AccountKey,
    given: toklink_publish_options,
    post: PostInfo,
    source: Option<VideoSource>,
    photos: Vec<Secret>,
    key: Option<String>,
}

impl Request {
    /// Reads the options of a call.
    ///
    /// # Safety
    /// `options` is NULL or points to options that follow the conventions of the header.
    pub(crate) unsafe fn read(engine: &Engine, given: *const toklink_publish_options) -> Result<Self> {
        // SAFETY: guaranteed by the caller.
        let given = unsafe { input::options(given)? };
        // Created before anything can fail, so that `destroy` is always called.
        let kept = given.read.map(|read| (read, Arc::new(Kept::new(given.read_data, given.read_destroy))));
        // SAFETY: the caller's promise, for the texts and arrays of the options.
        unsafe {
            Ok(Self {
                account: account_id::key(given.account)?,
                post: post(&given)?,
                source: source_of(engine, &given, kept)?,
                photos: input::texts(given.photo_urls, given.photo_count, "photo_urls")?
                    .into_iter()
                    .map(Secret::new)
                    .collect(),
                key: input::optional(given.idempotency_key, "idempotency_key")?,
                given,
            })
        }
    }

    pub(crate) fn video(&mut self) -> Result<PublishVideo> {
        let missing = || Error::invalid("the video is missing; set path, data, read, url or relay_url");
        let source = self.source.take().ok_or_else(missing)?;
        Ok(PublishVideo { source, post: self.post.clone(), draft: self.given.draft })
    }

    /// Returns the video with which a resumed publish continues, if one is set.
    pub(crate) fn source(&mut self) -> Option<VideoSource> {
        self.source.take()
    }

    pub(crate) fn photos(&mut self) -> PublishPhotos {
        PublishPhotos {
            urls: std::mem::take(&mut self.photos),
            cover_index: self.given.cover_index,
            post: self.post.clone(),
            draft: self.given.draft,
        }
    }

    /// Returns the operation, with its progress and its limits.
    pub(crate) fn task<T: Send + 'static, F: Future<Output = Result<T>> + Send + 'static>(
        self,
        name: &'static str,
        user_data: *mut c_void,
        work: impl FnOnce(Client, AccountKey, PublishOptions) -> F + Send + 'static,
    ) -> Task<T> {
        let Self { account, given, key: idempotency_key, .. } = self;
        let latest = Latest::<PublishProgress>::new();
        let data = if given.progress_data.is_null() { user_data } else { given.progress_data };
        let tell = latest.tell(given.progress, data);
        let (reports, wait, timeout_ms) = (tell.is_some(), !given.no_wait, given.timeout_ms);
        let task = Task::cooperative(name, move |context: Context| {
            let progress = reports.then(|| latest.reporter(context.wake));
            let options = PublishOptions { idempotency_key, wait, progress, cancel: context.cancel };
            work(context.client, account, options)
        });
        task.telling(tell).within(timeout_ms)
    }
}

/// # Safety
/// The texts of the options are NULL or C strings.
unsafe fn post(given: &toklink_publish_options) -> Result<PostInfo> {
    // SAFETY: guaranteed by the caller.
    let (level, title, description) = unsafe {
        (
            input::optional(given.privacy_level, "privacy_level")?,
            input::text(given.title, "title")?,
            input::text(given.description, "description")?,
        )
    };
    let unknown =
        || Error::invalid("privacy_level is unknown; use one of the privacy_levels of toklink_creator");
    let level = level.map(|text| PrivacyLevel::parse(&text).ok_or_else(unknown)).transpose()?;
    let mut post = PostInfo::draft();
    post.privacy_level = level;
    title.clone_into(&mut post.title);
    description.clone_into(&mut post.description);
    post.allow_comment = given.allow_comment;
    post.allow_duet = given.allow_duet;
    post.allow_stitch = given.allow_stitch;
    post.cover_timestamp_ms = (given.cover_timestamp_ms > 0).then_some(given.cover_timestamp_ms);
    post.brand_content = given.brand_content;
    post.brand_organic = given.brand_organic;
    post.is_aigc = given.is_aigc;
    post.auto_add_music = given.auto_add_music;
    Ok(post)
}

/// # Safety
/// The texts and arrays of the options are as the header says.
unsafe fn source_of(
    engine: &Engine,
    given: &toklink_publish_options,
    reader: Option<(source::Read, Arc<Kept>)>,
) -> Result<Option<VideoSource>> {
    // SAFETY: guaranteed by the caller.
    let (path, url, relay, bytes) = unsafe {
        (
            input::optional(given.path, "path")?,
            input::optional(given.url, "url")?,
            input::optional(given.relay_url, "relay_url")?,
            input::array(given.data, given.data_size, "data")?,
        )
    };
    let mut sources = Vec::new();
    sources.extend(path.map(|path| VideoSource::File(path.into())));
    sources.extend(url.map(|url| VideoSource::Url(Secret::new(url))));
    sources.extend(relay.map(|url| {
        let url = Secret::new(url);
        if given.relay_if_unverified { VideoSource::UrlOrRelay(url) } else { VideoSource::Relay(url) }
    }));
    if !bytes.is_empty() {
        sources.push(VideoSource::Bytes(bytes.to_vec().into()));
    }
    if let Some((read, kept)) = reader {
        kept.is_used_by(engine.post());
        sources.push(source::stream(read, kept, given.read_size));
    }
    if sources.len() > 1 {
        return Err(Error::invalid(
            "several videos are set; set only one of path, data, read, url and relay_url",
        ));
    }
    Ok(sources.pop())
}
