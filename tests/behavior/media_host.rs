//! A media host from which the emulator fetches photos and videos.

use crate::video::mp4_bytes;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use toklink_emulator::Emulator;

/// The header of a JPEG image with 1080x1920 pixels.
const JPEG: [u8; 16] = [0xFF, 0xD8, 0xFF, 0xC0, 0, 11, 8, 4, 56, 7, 128, 3, 0, 0, 0, 0];

/// Starts a host from which the emulator fetches photos and videos, as TikTok does from a verified domain.
pub(crate) async fn serving(emulator: &Emulator) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    emulator.configure(|settings| settings.pull_from = Some(url));
    let video = mp4_bytes(100_000);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut head = Vec::new();
            while !head.windows(4).any(|four| four == b"\r\n\r\n") {
                stream.read_buf(&mut head).await.unwrap();
            }
            let body: &[u8] = if head.windows(4).any(|four| four == b".mp4") { &video } else { &JPEG };
            let answer =
                format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
            stream.write_all(&[answer.as_bytes(), body].concat()).await.unwrap();
        }
    });
}
