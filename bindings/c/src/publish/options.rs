//! The content and the settings of a post.

use crate::client::{account_id, toklink_client};
use crate::ffi::input::{self, Options};
use crate::publish::outcome::toklink_progress;
use crate::publish::source::{self, toklink_read_callback};
use crate::runtime::callback::toklink_destroy;
use crate::runtime::engine::Engine;
use crate::runtime::kept::Kept;
use crate::runtime::progress::reporting;
use crate::runtime::task::Task;
use core_toklink::{
    AccountKey, Client, Error, PostInfo, PrivacyLevel, PublishOptions, PublishPhotos, PublishVideo, Result,
    Secret, VideoSource,
};
use std::ffi::{c_char, c_void};
use std::future::Future;
use std::sync::Arc;

/// Receives the progress of a publish, in order; a slow host skips values. Called on the calling thread of a blocking
/// call, otherwise on the callback thread. Returns true to continue; false cancels the publish.
pub type toklink_progress_callback =
    Option<unsafe extern "C" fn(user_data: *mut c_void, progress: *const toklink_progress) -> bool>;

/// The content and the settings of a post. Initialise it with `TOKLINK_PUBLISH_OPTIONS_INIT`; comments, duets and
/// stitches are off by default. A video needs exactly one of `path`, `data`, `read`, `url` and `relay_url`; photos need
/// `photo_urls`.
///
/// Threads: the library reads them only during the call that takes them.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct toklink_publish_options {
    /// The size of this struct, which `TOKLINK_PUBLISH_OPTIONS_INIT` sets.
    pub size: usize,
    /// The id of the account. Required.
    pub account: *const c_char,
    /// A key of at most 255 bytes that posts at most once per account. After a crash, the same key continues after the
    /// last complete chunk; after a success, it returns the same publish. NULL: a random key.
    pub idempotency_key: *const c_char,
    /// The path of the video file (MP4, MOV or WebM) in UTF-8. The file must not change until the publish ends.
    pub path: *const c_char,
    /// The bytes of the video, which are copied.
    pub data: *const u8,
    /// Number of bytes of `data`.
    pub data_size: usize,
    /// Reads the video, exactly `read_size` bytes. The library buffers at most 10.5 MB for retries of a chunk. To
    /// resume such a publish, pass the same idempotency key and a reader that starts at the first byte again.
    pub read: toklink_read_callback,
    /// Passed to `read`; must stay valid until `read_destroy` is called.
    pub read_data: *mut c_void,
    /// Frees `read_data` after the last call of `read`; may be NULL. Called once for each call that takes these
    /// options; see "Callbacks" at the top.
    pub read_destroy: toklink_destroy,
    /// Number of bytes that `read` delivers.
    pub read_size: u64,
    /// An https URL from which TikTok fetches the video within one hour, on a domain that is verified for the app.
    pub url: *const c_char,
    /// A public https URL from which the library downloads the video while it uploads it. The server must respond
    /// within 30 s and send a Content-Length. Private addresses are refused, also after redirects.
    pub relay_url: *const c_char,
    /// The https URLs of the photos (JPEG or `WebP`), on a domain that is verified for the app.
    pub photo_urls: *const *const c_char,
    /// Number of `photo_urls`, 1 to 35.
    pub photo_count: usize,
    /// The index of the cover in `photo_urls`.
    pub cover_index: usize,
    /// The audience, one of `privacy_levels` of `toklink_creator`, for example `SELF_ONLY`. Required except for drafts.
    pub privacy_level: *const c_char,
    /// The caption of a video (at most 2,200 UTF-16 code units) or the title of photos (at most 90), with `#tags` and
    /// `@handles`.
    pub title: *const c_char,
    /// The description of photos, at most 4,000 UTF-16 code units; not for videos.
    pub description: *const c_char,
    /// The time of the cover frame in milliseconds from the start, for videos that are `PUBLIC_TO_EVERYONE`. 0: the
    /// first frame.
    pub cover_timestamp_ms: u32,
    /// Lets TikTok fetch `relay_url` itself if its domain is verified for the app; otherwise the library relays it.
    pub relay_if_unverified: bool,
    /// Allows comments.
    pub allow_comment: bool,
    /// Allows duets; only for videos.
    pub allow_duet: bool,
    /// Allows stitches; only for videos.
    pub allow_stitch: bool,
    /// Declares a paid partnership with a third party.
    pub brand_content: bool,
    /// Declares a promotion of the creator's own business.
    pub brand_organic: bool,
    /// Labels the post as AI-generated content.
    pub is_aigc: bool,
    /// Lets TikTok add recommended music; only for photos.
    pub auto_add_music: bool,
    /// Sends a draft to the creator's inbox instead of posting. TikTok then ignores the settings; the result has a
    /// warning for each.
    pub draft: bool,
    /// Ends the operation when TikTok has accepted all bytes, without waiting for the outcome.
    pub no_wait: bool,
    /// Milliseconds after which the publish fails with `TOKLINK_REASON_TIMED_OUT`; it can be resumed. 0: no limit.
    pub timeout_ms: u64,
    /// Receives the progress; NULL: none.
    pub progress: toklink_progress_callback,
    /// Passed to `progress`; must stay valid until the publish ends.
    pub progress_data: *mut c_void,
}

// SAFETY: `repr(C)`, starts with its size, and pointers, numbers, flags and callbacks may be 0.
unsafe impl Options for toklink_publish_options {
    const NAME: &'static str = "toklink_publish_options";
}

/// Calls `read_destroy` if the client is NULL. Otherwise [`Request::read`] takes `read_data` over.
///
/// # Safety
/// The argument is NULL or points to valid options.
pub(crate) unsafe fn destroy_without_client(
    client: *const toklink_client,
    given: *const toklink_publish_options,
) {
    if !client.is_null() {
        return;
    }
    // SAFETY: the caller guarantees valid arguments.
    if let Ok(given) = unsafe { input::options(given) } {
        drop(Kept::new(given.read_data, given.read_destroy));
    }
}

/// The options of a publish after they are read and checked.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) account: AccountKey,
    given: toklink_publish_options,
    post: PostInfo,
    source: Option<VideoSource>,
    photos: Vec<Secret>,
    key: Option<String>,
    kept: Option<Arc<Kept>>,
}

impl Request {
    /// Reads the options of a publish.
    ///
    /// # Safety
    /// The argument is NULL or points to valid options.
    pub(crate) unsafe fn read(engine: &Engine, given: *const toklink_publish_options) -> Result<Self> {
        // SAFETY: the caller guarantees valid arguments.
        let given = unsafe { input::options(given)? };
        if given.read.is_none() {
            drop(Kept::new(given.read_data, given.read_destroy));
        }
        // Created before anything can fail, so that `destroy` is called in every case.
        let kept = given.read.map(|_| Arc::new(Kept::new(given.read_data, given.read_destroy)));
        // SAFETY: the caller guarantees valid strings and arrays in the options.
        unsafe {
            Ok(Self {
                account: account_id::key(given.account)?,
                post: post(&given)?,
                source: source_of(engine, &given, kept.as_ref())?,
                photos: input::texts(given.photo_urls, given.photo_count, "photo_urls")?
                    .into_iter()
                    .map(Secret::new)
                    .collect(),
                key: input::optional(given.idempotency_key, "idempotency_key")?,
                given,
                kept,
            })
        }
    }

    pub(crate) fn video(&mut self) -> Result<PublishVideo> {
        let missing = || Error::invalid("no video source is set; set path, data, read, url or relay_url");
        let source = self.source.take().ok_or_else(missing)?;
        Ok(PublishVideo { source, post: self.post.clone(), draft: self.given.draft })
    }

    /// Returns the video for a resumed publish, if one is set.
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

    /// Returns the operation with its progress callback and its time limit.
    pub(crate) fn task<T: Send + 'static, F: Future<Output = Result<T>> + Send + 'static>(
        self,
        name: &'static str,
        user_data: *mut c_void,
        work: impl FnOnce(Client, AccountKey, PublishOptions) -> F + Send + 'static,
    ) -> Task<T> {
        let Self { account, given, key: idempotency_key, kept, .. } = self;
        let (wait, data) = (!given.no_wait, [given.progress_data, user_data]);
        let task = reporting(name, given.progress, data, move |context, progress| {
            let options = PublishOptions { idempotency_key, wait, progress, cancel: context.cancel };
            work(context.client, account, options)
        });
        task.within(given.timeout_ms).keeping(kept)
    }
}

/// # Safety
/// The strings of the options are NULL or C strings.
unsafe fn post(given: &toklink_publish_options) -> Result<PostInfo> {
    // SAFETY: the caller guarantees valid arguments.
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
/// The strings and arrays of the options are valid or NULL.
unsafe fn source_of(
    engine: &Engine,
    given: &toklink_publish_options,
    kept: Option<&Arc<Kept>>,
) -> Result<Option<VideoSource>> {
    // SAFETY: the caller guarantees valid arguments.
    let (path, url, relay, bytes) = unsafe {
        (
            input::optional(given.path, "path")?,
            input::optional(given.url, "url")?,
            input::optional(given.relay_url, "relay_url")?,
            input::array(given.data, given.data_size, "data")?,
        )
    };
    if given.read.is_some() && given.read_size == 0 {
        return Err(Error::invalid("read_size is 0; set it to the number of bytes that read delivers"));
    }
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
    sources.extend(
        given
            .read
            .zip(kept)
            .map(|(read, kept)| source::stream(read, Arc::clone(kept), given.read_size, engine.readers())),
    );
    if sources.len() > 1 {
        return Err(Error::invalid(
            "several video sources are set; set only one of path, data, read, url and relay_url",
        ));
    }
    Ok(sources.pop())
}
