//! Where the bytes of an upload go and where they come from, as one text that is sealed into the journal: the upload URL
//! is a credential, and the path of a file is nobody's business. Both are erased together when TikTok has all bytes.

use super::VideoSource;
use crate::secret::Secret;
use std::path::{Path, PathBuf};

/// The way of an upload.
#[derive(Debug)]
pub(super) struct Route {
    pub(super) upload_url: Secret,
    /// The file, for a process that comes later and is told of none. Bytes in memory have no place to be found again.
    pub(super) file: Option<PathBuf>,
}

impl Route {
    pub(super) fn new(upload_url: Secret, source: &VideoSource) -> Self {
        let file = match source {
            // Relative to the folder that this process works in, which the next one does not know.
            VideoSource::File(path) => std::path::absolute(path).ok(),
            _ => None,
        };
        Self { upload_url, file }
    }

    /// The URL, and the path on the lines after it: no URL has a line break. A path that is no text is left out.
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
    fn a_route_comes_back_as_it_was_even_with_an_odd_path() {
        let file = std::env::temp_dir().join("a\nvideo.mp4");
        let url = "https://upload.example.test/?upload_token=s3cret";
        let route = Route::new(Secret::new(url), &VideoSource::File(file.clone()));
        let read = Route::from_text(&route.to_text());
        assert_eq!((read.upload_url.expose(), read.file), (url, Some(file)));
        let bytes = Route::new(Secret::new(url), &VideoSource::Bytes(Bytes::from_static(b"v")));
        let read = Route::from_text(&bytes.to_text());
        assert_eq!((read.upload_url.expose(), read.file), (url, None));
        assert!(!format!("{bytes:?}").contains("s3cret"));
    }

    #[test]
    fn a_relative_path_is_found_from_another_folder() {
        let route = Route::new(Secret::new("https://upload.example.test/"), &"clip.mp4".into());
        assert!(route.file.unwrap().is_absolute());
    }
}
