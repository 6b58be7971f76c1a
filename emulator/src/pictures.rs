//! Avatars and covers. TikTok serves them from a CDN at signed URLs that expire; the emulator draws them itself. A
//! picture depends only on the username or the video ID.

use hyper::{Method, StatusCode};
use sha2::{Digest, Sha256};

use crate::model::{User, World};
use crate::wire::{Call, Reply};

/// Root path of all pictures. Pictures are not API endpoints, so fault rules do not apply to them and they are not
/// recorded.
const ROOT: &str = "/cdn/";
/// Lifetime of an avatar URL, seconds (docs/tiktok-api.md 5.2).
const AVATAR_SECONDS: i64 = 7_200;
/// Lifetime of a cover URL, seconds (docs/tiktok-api.md 4.4).
const COVER_SECONDS: i64 = 21_600;
/// Width and height of a cover, pixels.
const COVER: (u32, u32) = (360, 640);
/// Number of squares in each row of a picture.
const COLUMNS: u32 = 5;
/// The light color behind the squares.
const BACKGROUND: [u8; 3] = [0xF1, 0xF1, 0xF4];

/// Size of an avatar (docs/tiktok-api.md 4.1).
#[derive(Debug, Clone, Copy)]
pub(crate) enum AvatarSize {
    /// `avatar_url_100`.
    Small,
    /// `avatar_url` and `creator_avatar_url`.
    Default,
    /// `avatar_url_200`.
    Medium,
    /// `avatar_large_url`.
    Large,
}

impl AvatarSize {
    fn pixels(self) -> u32 {
        match self {
            Self::Small => 100,
            Self::Default => 168,
            Self::Medium => 200,
            Self::Large => 1080,
        }
    }
}

/// Returns the URL of a user's avatar, valid for two hours.
pub(crate) fn avatar_url(world: &World, base_url: &str, user: &User, side: AvatarSize) -> String {
    let pixels = side.pixels();
    sign_url(
        world,
        base_url,
        &format!("{ROOT}avatar/{}/{pixels}x{pixels}.png", user.username),
        AVATAR_SECONDS,
    )
}

/// Returns the URL of a video's cover, valid for six hours.
pub(crate) fn cover_url(world: &World, base_url: &str, id: u64) -> String {
    let (width, height) = COVER;
    sign_url(world, base_url, &format!("{ROOT}cover/{id}/{width}x{height}.png"), COVER_SECONDS)
}

fn sign_url(world: &World, base_url: &str, path: &str, seconds: i64) -> String {
    let expires = world.now_ms / 1000 + seconds;
    let signature = world.ids.signature(path, expires);
    format!("{base_url}{path}?x-expires={expires}&x-signature={signature}")
}

pub(crate) fn is_picture(path: &str) -> bool {
    path.starts_with(ROOT)
}

/// Serves a picture to any caller that has its signed URL. Responds with 403 after the URL has expired.
pub(crate) fn answer(world: &World, call: &Call) -> Reply {
    let reject = |why: &'static str| Reply::text(StatusCode::FORBIDDEN, "text/plain; charset=utf-8", why);
    if call.method != Method::GET && call.method != Method::HEAD {
        return Reply::janus();
    }
    let expires = call.query("x-expires").and_then(|expires| expires.parse::<i64>().ok());
    let (Some(expires), Some(signature)) = (expires, call.query("x-signature")) else {
        return reject("x-expires or x-signature is missing");
    };
    if signature != world.ids.signature(&call.path, expires) {
        return reject("x-signature is wrong");
    }
    if world.now_ms / 1000 >= expires {
        return reject("the URL has expired");
    }
    match picture_at(&call.path) {
        Some(png) => Reply::text(StatusCode::OK, "image/png", png),
        None => Reply::janus(),
    }
}

/// Draws the picture for the path of a signed URL: `/cdn/KIND/NAME/WIDTHxHEIGHT.png`.
fn picture_at(path: &str) -> Option<Vec<u8>> {
    let (name, size) = path.rsplit_once('/')?;
    let (width, height) = size.strip_suffix(".png")?.split_once('x')?;
    draw(name, width.parse().ok()?, height.parse().ok()?)
}

/// Draws a PNG with squares in one color, symmetric from left to right, from the digest of `name`.
fn draw(name: &str, width: u32, height: u32) -> Option<Vec<u8>> {
    let digest: [u8; 32] = Sha256::digest(name.as_bytes()).into();
    // Limits each component to 0xBF, so that the squares stand out from the background.
    let [red, green, blue] = [digest[0], digest[1], digest[2]].map(|part| part & 0xBF);
    let square = width / COLUMNS;
    let is_filled = |x: u32, y: u32| {
        let column = (x / square).min(COLUMNS - 1);
        let cell = column.min(COLUMNS - 1 - column) + (y / square) * COLUMNS;
        let byte = digest[3 + usize::try_from(cell / 8).unwrap_or(0) % 29];
        byte >> (cell % 8) & 1 == 1
    };
    let mut rows = Vec::new();
    for y in 0..height {
        // One bit per pixel, most significant bit first. Each row is padded to a whole byte.
        rows.extend((0..width.div_ceil(8)).map(|byte| {
            (0..8).fold(0_u8, |bits, bit| bits << 1 | u8::from(is_filled((byte * 8 + bit).min(width - 1), y)))
        }));
    }
    let mut png = Vec::new();
    let mut encoder = png::Encoder::new(&mut png, width, height);
    encoder.set_color(png::ColorType::Indexed);
    encoder.set_depth(png::BitDepth::One);
    encoder.set_palette([BACKGROUND, [red, green, blue]].concat());
    let mut writer = encoder.write_header().ok()?;
    writer.write_image_data(&rows).ok()?;
    writer.finish().ok()?;
    Some(png)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn picture_is_a_small_png_of_the_requested_size() {
        for (width, height) in [(100, 100), (168, 168), (1080, 1080), COVER] {
            let png = picture_at(&format!("/cdn/avatar/ana.makes/{width}x{height}.png")).unwrap();
            let reader = png::Decoder::new(std::io::Cursor::new(&png)).read_info().unwrap();
            assert_eq!((reader.info().width, reader.info().height), (width, height));
            assert!(png.len() < 10_000, "{}", png.len());
        }
    }

    #[test]
    fn picture_depends_only_on_the_name() {
        assert_eq!(draw("/cdn/avatar/ana", 100, 100), draw("/cdn/avatar/ana", 100, 100));
        assert_ne!(draw("/cdn/avatar/ana", 100, 100), draw("/cdn/avatar/ben", 100, 100));
    }
}
