//! What is published, and how.

use crate::bytes::bytes_of;
use crate::callback::{Home, UserData};
use crate::engine::Engine;
use crate::error::toklink_error;
use crate::outcome::toklink_publish_progress;
use crate::status::toklink_status;
use crate::text::toklink_str;
use crate::{guard, handle};
use core_toklink::{Error, Result};
use core_toklink::{PostInfo, PublishOptions, PublishPhotos, PublishVideo, Secret, VideoSource};
use std::ffi::c_void;

/// Hears of a step forward, in order; a slow host hears of the latest. The progress lives as long as the call. In a
/// blocking call it runs on the calling thread, otherwise on the thread of callbacks. Returns whether to go on: `false`
/// cancels.
pub type toklink_progress_callback =
    Option<unsafe extern "C" fn(user_data: *mut c_void, progress: *const toklink_publish_progress) -> bool>;

/// What is published, and how. Comments, duets and stitches are off until allowed. It is read, not taken: use it as
/// often as you like (one with a stream once), but set another idempotency key for another post.
///
/// Thread safety: use one from one thread at a time.
#[derive(Debug)]
pub struct toklink_publish_request {
    pub(crate) source: Option<VideoSource>,
    /// Of the stream that is the source, if it is one.
    pub(crate) home: Home,
    photos: Vec<Secret>,
    pub(crate) cover_index: usize,
    pub(crate) post: PostInfo,
    draft: bool,
    idempotency_key: Option<String>,
    wait: bool,
    progress: toklink_progress_callback,
    user_data: UserData,
}

impl Default for toklink_publish_request {
    fn default() -> Self {
        Self {
            source: None,
            home: Home::default(),
            photos: Vec::new(),
            cover_index: 0,
            post: PostInfo::draft(),
            draft: false,
            idempotency_key: None,
            wait: true,
            progress: None,
            user_data: UserData(std::ptr::null_mut()),
        }
    }
}

impl toklink_publish_request {
    /// Returns the source for a publish of this client, on whose thread of callbacks a stream is given back.
    pub(crate) fn source(&self, engine: &Engine) -> Option<VideoSource> {
        self.home.is_at(engine.post());
        self.source.clone()
    }

    pub(crate) fn video(&self, engine: &Engine) -> Result<PublishVideo> {
        let missing =
            || Error::invalid("the publish request has no video: set a path, bytes, a reader or a URL");
        let source = self.source(engine).ok_or_else(missing)?;
        Ok(PublishVideo { source, post: self.post.clone(), draft: self.draft })
    }

    pub(crate) fn photos(&self) -> PublishPhotos {
        PublishPhotos {
            urls: self.photos.clone(),
            cover_index: self.cover_index,
            post: self.post.clone(),
            draft: self.draft,
        }
    }

    pub(crate) fn options(&self) -> PublishOptions {
        let idempotency_key = self.idempotency_key.clone();
        PublishOptions { idempotency_key, wait: self.wait, ..PublishOptions::default() }
    }

    pub(crate) fn listener(&self) -> Listener {
        Listener { callback: self.progress, user_data: self.user_data }
    }
}

/// Sets the source of a request, with the home of a stream.
///
/// # Safety
/// `request` is NULL or ours and used by no other thread.
pub(crate) unsafe fn set_source(
    request: *mut toklink_publish_request,
    source: VideoSource,
    home: Home,
) -> Result<()> {
    // SAFETY: the caller's promise.
    let request = unsafe { handle::change(request, "the publish request")? };
    request.home = home;
    let before = request.source.replace(source);
    // Only now, since the `destroy` of a stream may use the request.
    drop(before);
    Ok(())
}

/// The host's function that hears of progress.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Listener {
    pub(crate) callback: toklink_progress_callback,
    pub(crate) user_data: UserData,
}

impl Listener {
    /// Nobody.
    pub(crate) const NONE: Self = Self { callback: None, user_data: UserData(std::ptr::null_mut()) };
}

/// An empty request. Give it back with `toklink_publish_request_free`. NULL only after a fault of the library.
#[unsafe(no_mangle)]
pub extern "C" fn toklink_publish_request_new() -> *mut toklink_publish_request {
    guard::value(std::ptr::null_mut(), || handle::give(toklink_publish_request::default()))
}

/// Frees the request and the bytes that it holds. NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_publish_request_free(request: *mut toklink_publish_request) {
    // SAFETY: the conventions of the header: ours, freed once.
    guard::value((), || unsafe { handle::take(request) });
}

/// Takes the video from this file: MP4, MOV or WebM. The path is UTF-8. The file must stay as it is until the
/// publish has ended.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_publish_request_set_path(
    request: *mut toklink_publish_request,
    value: toklink_str,
    error: *mut *mut toklink_error,
) -> toklink_status {
    let work = || {
        // SAFETY: the conventions of the header.
        let path = unsafe { value.read("the path")? };
        // SAFETY: the conventions of the header.
        unsafe { set_source(request, VideoSource::File(path.into()), Home::default()) }
    };
    // SAFETY: the conventions of the header.
    unsafe { guard::call(error, work) }
}

/// Lets TikTok fetch the video from this https address, on a domain that is verified for the app, within one
/// hour.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_publish_request_set_url(
    request: *mut toklink_publish_request,
    value: toklink_str,
    error: *mut *mut toklink_error,
) -> toklink_status {
    let work = || {
        // SAFETY: the conventions of the header.
        let url = unsafe { value.read("the URL")? };
        // SAFETY: the conventions of the header.
        unsafe { set_source(request, VideoSource::Url(Secret::new(url.to_owned())), Home::default()) }
    };
    // SAFETY: the conventions of the header.
    unsafe { guard::call(error, work) }
}

/// Adds a photo: the https address of a JPEG or `WebP` file on a domain that is verified for the app. 1 to 35 of
/// them.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_publish_request_add_photo_url(
    request: *mut toklink_publish_request,
    value: toklink_str,
    error: *mut *mut toklink_error,
) -> toklink_status {
    let work = || {
        // SAFETY: the conventions of the header.
        let (request, value) =
            unsafe { (handle::change(request, "the publish request")?, value.read("the URL")?.to_owned()) };
        request.photos.push(Secret::new(value));
        Ok(())
    };
    // SAFETY: the conventions of the header.
    unsafe { guard::call(error, work) }
}

/// Whether it is sent to the creator's inbox rather than posted. TikTok then ignores the settings, and the
/// outcome warns of each. Default: false.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_publish_request_set_draft(
    request: *mut toklink_publish_request,
    value: bool,
    error: *mut *mut toklink_error,
) -> toklink_status {
    let work = || {
        // SAFETY: the conventions of the header.
        let request = unsafe { handle::change(request, "the publish request")? };
        request.draft = value;
        Ok(())
    };
    // SAFETY: the conventions of the header.
    unsafe { guard::call(error, work) }
}

/// Posts at most once per key and account: the same key after a crash goes on after the last accepted byte, and
/// after success gives the same publish. Default: one is made.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_publish_request_set_idempotency_key(
    request: *mut toklink_publish_request,
    value: toklink_str,
    error: *mut *mut toklink_error,
) -> toklink_status {
    let work = || {
        // SAFETY: the conventions of the header.
        let (request, value) = unsafe {
            (handle::change(request, "the publish request")?, value.read("the idempotency key")?.to_owned())
        };
        request.idempotency_key = (!value.is_empty()).then_some(value);
        Ok(())
    };
    // SAFETY: the conventions of the header.
    unsafe { guard::call(error, work) }
}

/// Whether to wait for TikTok's outcome, or only until all bytes were accepted. Default: true.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_publish_request_set_wait_for_outcome(
    request: *mut toklink_publish_request,
    value: bool,
    error: *mut *mut toklink_error,
) -> toklink_status {
    let work = || {
        // SAFETY: the conventions of the header.
        let request = unsafe { handle::change(request, "the publish request")? };
        request.wait = value;
        Ok(())
    };
    // SAFETY: the conventions of the header.
    unsafe { guard::call(error, work) }
}

/// Takes the video from these bytes, which are copied.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_publish_request_set_bytes(
    request: *mut toklink_publish_request,
    data: *const u8,
    len: usize,
    error: *mut *mut toklink_error,
) -> toklink_status {
    let work = || {
        // SAFETY: the conventions of the header.
        let bytes = unsafe { bytes_of(data, len, "the video")? };
        // SAFETY: the conventions of the header.
        unsafe { set_source(request, VideoSource::Bytes(bytes.to_vec().into()), Home::default()) }
    };
    // SAFETY: the conventions of the header.
    unsafe { guard::call(error, work) }
}

/// Calls `callback` with each step forward. It must stay callable until every publish that was begun with this request
/// has ended. NULL ends that for later publishes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_publish_request_set_progress(
    request: *mut toklink_publish_request,
    callback: toklink_progress_callback,
    user_data: *mut c_void,
    error: *mut *mut toklink_error,
) -> toklink_status {
    let work = || {
        // SAFETY: the conventions of the header.
        let request = unsafe { handle::change(request, "the publish request")? };
        (request.progress, request.user_data) = (callback, UserData(user_data));
        Ok(())
    };
    // SAFETY: the conventions of the header.
    unsafe { guard::call(error, work) }
}
