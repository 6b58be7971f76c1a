//! Combines the upload URL and the path of the source file into one text. The journal stores the text encrypted,
//! because the URL is a credential and the path is private. It erases the text when TikTok has all bytes.

use super::VideoSource;
use crate::secret::Secret;
use std::path::{Path, PathBuf};

/// The destination and the source of an upload.
#[derive(Debug)]
pub(super) struct UploadTarget {
    pub(super) upload_url: Secret,
    /// The path of the file, for a later process whose caller passes no file. Bytes in memory have no path.
    pub(super) file: Option<PathBuf>,
}

impl UploadTarget {
    pub(super) fn new(upload_url: Secret, source: &VideoSource) -> Self {
        let file = match source {
            // A relative path depends on the working directory, which may differ in the next process.
            VideoSource::File(path) => std::path::absolute(path).ok(),
            _ => None,
        };
        Self { upload_url, file }
    }

    /// Returns the URL, followed by the path on the next lines; a URL contains no line break. A path that is not valid
    /// Unicode is omitted.
    pub(super) fn to_text(&self) -> Secret {
        let url = self.upload_url.expose();
        match self.file.as_deref().and_then(Path::to_str) {
            Some(file) => Secret::new(format!("{url}\n{file}")),
            None => self.upload_url.clone(),
        }
    }

    pub(super) fn from_text(text: &Secret) -> Self {
        match text.expose().split_once('\n') {
            Some((url, file)) => Self { upload_url: Secret::new(url), file: Some(file.into()) },
            None => Self { upload_url: text.clone(), file: None },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;

    #[test]
    fn upload_target_round_trips_even_with_an_unusual_path() {
        let file = std::env::temp_dir().join("a\nvideo.mp4");
        let url = "https://upload.example.test/?upload_token=s3cret";
        let target = UploadTarget::new(Secret::new(url), &VideoSource::File(file.clone()));
        let read = UploadTarget::from_text(&target.to_text());
        assert_eq!((read.upload_url.expose(), read.file), (url, Some(file)));
        let bytes = UploadTarget::new(Secret::new(url), &VideoSource::Bytes(Bytes::from_static(b"v")));
        let read = UploadTarget::from_text(&bytes.to_text());
        assert_eq!((read.upload_url.expose(), read.file), (url, None));
        assert!(!format!("{bytes:?}").contains("s3cret"));
    }

    #[test]
    fn relative_path_is_stored_as_an_absolute_path() {
        let target = UploadTarget::new(Secret::new("https://upload.example.test/"), &"clip.mp4".into());
        assert!(target.file.unwrap().is_absolute());
    }
}
