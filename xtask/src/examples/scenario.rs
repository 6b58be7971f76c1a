//! What somebody does with the examples, one after the other, and what must come of it.

use crate::emulator::Emulator;
use crate::fault::{Context, Fault, Result};
use crate::http::{self, Inbox, Message};
use crate::{project, run};
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};

/// The example that is also linked with the static library.
pub(super) const ALSO_STATIC: &str = "webhook_verify";

const CLIENT_KEY: &str = "awtoklinkemu0001";
const USER: &str = "ana.makes";
const SCOPES: &str =
    "user.info.basic,user.info.profile,user.info.stats,video.list,video.upload,video.publish";

/// So long that it travels in seven chunks.
const VIDEO_BYTES: u64 = 70_000_000;

/// After two of them the upload is stopped.
const STOPPED_AT_MB: f64 = 20.9;

/// A short video that a skipped box makes long.
pub(super) fn write_video(path: &Path) -> Result<()> {
    let doing = format!("{} cannot be written", path.display());
    let mut bytes = fs::read(project::path("tests/c/media/good.mp4")).context(&doing)?;
    let padding = VIDEO_BYTES - bytes.len() as u64;
    bytes.extend(u32::try_from(padding).context(&doing)?.to_be_bytes());
    bytes.extend(b"free");
    fs::write(path, bytes).context(&doing)?;
    let file = fs::File::options().write(true).open(path).context(&doing)?;
    file.set_len(VIDEO_BYTES).context(doing)
}

/// Runs the programs of one build.
pub(super) fn play(emulator: &Emulator, programs: &Path, video: &Path) -> Result<()> {
    let control =
        |target: &str, body: &str| http::ask(emulator.url(), "POST", &format!("/_emulator/{target}"), body);
    control("reset", "{}")?;
    let inbox = Inbox::open()?;
    control("webhook", &format!("{{\"client_key\":\"{CLIENT_KEY}\",\"url\":\"{}\"}}", inbox.url()))?;
    let table = Table { emulator, programs };

    probes(programs)?;
    log_in(&table)?;
    let metrics = run::kept(&mut table.program("metrics"))?;
    says(&metrics.stdout, &[&format!("@{USER}: "), " 45 videos, ", " views ", "\n1 accounts\n"])?;

    // The third chunk waits longer than anybody: only Ctrl-C ends the upload.
    control("faults", "[{\"endpoint\":\"upload\",\"nth\":3,\"times\":0,\"delay_ms\":600000}]")?;
    let stopped = upload(&table, video, true)?;
    if stopped.status.code() != Some(130) {
        return Err(Fault(format!("a stopped upload ended with {}, not 130", stopped.status)));
    }
    control("faults", "[]")?;
    let resumed = upload(&table, video, false)?;
    says(&resumed.said, &["posted: "])?;
    if resumed.began_at_mb < STOPPED_AT_MB || !resumed.status.success() {
        let Uploaded { began_at_mb, status, said } = resumed;
        return Err(Fault(format!("the upload went on at {began_at_mb} MB and ended with {status}\n{said}")));
    }
    webhooks(&table, &inbox.next_about("post.publish.complete")?)
}

/// Needs no settings. A good video ends with 0, one that TikTok would refuse with 3.
fn probes(programs: &Path) -> Result<()> {
    let probed = |video: &str| {
        let mut command = Command::new(programs.join("probe"));
        command.arg(project::path("tests/c/media").join(video)).stderr(Stdio::inherit());
        command.output().context("the probe could not be started")
    };
    for (video, code, sentence) in
        [("good.mp4", 0, "mp4, h264, 576 x 1024"), ("small.mp4", 3, "pixels: 320 x 240")]
    {
        let output = probed(video)?;
        if output.status.code() != Some(code) {
            return Err(Fault(format!("the probe of {video} ended with {}, not {code}", output.status)));
        }
        says(&String::from_utf8_lossy(&output.stdout), &[sentence])?;
    }
    Ok(())
}

/// Where programs are, and what they talk to.
struct Table<'a> {
    emulator: &'a Emulator,
    programs: &'a Path,
}

impl Table<'_> {
    /// With the store as its first argument, and no settings but the emulator's.
    fn program(&self, name: &str) -> Command {
        let mut command = Command::new(self.programs.join(name));
        command.arg(self.programs.join("accounts.sqlite")).env_remove("TOKEN_ENCRYPTION_KEYS");
        command.env_remove("TIKTOK_CALLBACK_URL").env("TIKTOK_CLIENT_KEY", CLIENT_KEY);
        command.env("TIKTOK_CLIENT_SECRET", "toklinkemulatorclientsecret00001");
        command.env("TOKEN_ENCRYPTION_KEY", "0123456789abcdef".repeat(4));
        for name in ["TIKTOK_API_BASE_URL", "TIKTOK_AUTH_BASE_URL"] {
            command.env(name, self.emulator.url());
        }
        command
    }
}

fn says(output: &str, needed: &[&str]) -> Result<()> {
    match needed.iter().find(|words| !output.contains(**words)) {
        None => Ok(()),
        Some(words) => Err(Fault(format!("`{words}` is not in\n{output}"))),
    }
}

/// A program whose lines are read while it runs; it ends with this value.
struct Running {
    process: Child,
    lines: BufReader<ChildStdout>,
}

impl Running {
    fn start(command: &mut Command) -> Result<Self> {
        let mut process =
            command.stdout(Stdio::piped()).spawn().context("an example could not be started")?;
        let output = process.stdout.take().ok_or_else(|| Fault("an example has no output".to_owned()))?;
        Ok(Self { process, lines: BufReader::new(output) })
    }

    /// The next line; none once it has ended.
    fn line(&mut self) -> Result<Option<String>> {
        let mut line = String::new();
        let count = self.lines.read_line(&mut line).context("an example's output cannot be read")?;
        Ok((count > 0).then_some(line))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended already.
        let _killed = self.process.kill();
        let _ended = self.process.wait();
    }
}

/// Goes to the address that is printed as the user's browser does, and back.
fn log_in(table: &Table<'_>) -> Result<()> {
    let mut login = Running::start(&mut table.program("desktop_login"))?;
    login.line()?;
    let url = login.line()?.unwrap_or_default();
    let redirect = decoded(&part(&url, "redirect_uri=", "&")?);
    let scopes = SCOPES.replace(',', "\",\"");
    let grant = format!(
        "{{\"client_key\":\"{CLIENT_KEY}\",\"username\":\"{USER}\",\"scopes\":[\"{scopes}\"],\
         \"redirect_uri\":\"{redirect}\",\"code_challenge\":\"{}\"}}",
        part(&url, "code_challenge=", "&")?
    );
    let granted = http::ask(table.emulator.url(), "POST", "/_emulator/grant", &grant)?.text();
    let code = part(&granted, "\"code\":\"", "\"")?;
    let state = part(&url, "state=", "&")?;
    let port = part(&redirect, "http://127.0.0.1:", "/")?;
    let base = format!("http://127.0.0.1:{port}");
    let path = redirect.trim_start_matches(&base);
    http::ask(&base, "GET", &format!("{path}?code={code}&scopes={SCOPES}&state={state}"), "")?;
    let said = login.line()?.unwrap_or_default();
    says(&said, &[&format!("Connected @{USER} "), "missing scopes: 0"])
}

/// How an upload went.
struct Uploaded {
    began_at_mb: f64,
    status: ExitStatus,
    said: String,
}

fn upload(table: &Table<'_>, video: &Path, stop: bool) -> Result<Uploaded> {
    let mut upload = Running::start(table.program("upload").arg(video).arg("by an example"))?;
    let (mut said, mut began_at_mb, mut stopped) = (String::new(), None, false);
    while let Some(line) = upload.line()? {
        let sent =
            line.strip_prefix("sending: ").and_then(|rest| rest.split(' ').next()?.parse::<f64>().ok());
        if let Some(sent) = sent {
            began_at_mb.get_or_insert(sent);
            if stop && !stopped && sent >= STOPPED_AT_MB {
                stopped = true;
                run::kept(Command::new("kill").args(["-INT", &upload.process.id().to_string()]))?;
            }
        }
        said.push_str(&line);
    }
    let status = upload.process.wait().context("an example did not end")?;
    Ok(Uploaded { began_at_mb: began_at_mb.unwrap_or_default(), status, said })
}

/// A webhook that the emulator has sent is genuine, and with another body it is not.
fn webhooks(table: &Table<'_>, webhook: &Message) -> Result<()> {
    let signature = webhook.header("tiktok-signature").unwrap_or_default();
    let judged = |name: &str, body: &[u8]| -> Result<(Option<i32>, String)> {
        let mut command = table.program(name);
        command.arg(signature).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut process = command.spawn().context("webhook_verify could not be started")?;
        if let Some(mut input) = process.stdin.take() {
            input.write_all(body).context("webhook_verify read nothing")?;
        }
        let output = process.wait_with_output().context("webhook_verify did not end")?;
        Ok((output.status.code(), String::from_utf8_lossy(&output.stdout).into_owned()))
    };
    for name in [ALSO_STATIC, &format!("static/{ALSO_STATIC}")] {
        let (code, said) = judged(name, &webhook.body)?;
        says(&said, &["genuine: post.publish.complete of ", "it was known"])?;
        let mut forged = webhook.body.clone();
        forged.push(b' ');
        let (refused, _) = judged(name, &forged)?;
        if (code, refused) != (Some(0), Some(3)) {
            return Err(Fault(format!("{name} ended with {code:?} and {refused:?}, not with 0 and 3")));
        }
    }
    Ok(())
}

/// What stands between two marks; the second may be the end.
fn part(text: &str, before: &str, after: &str) -> Result<String> {
    let found = text.split_once(before).and_then(|(_, rest)| rest.trim_end().split(after).next());
    found
        .map(str::to_owned)
        .ok_or_else(|| Fault(format!("there is no {before} in what an example or TikTok said")))
}

/// `%XX` undone.
fn decoded(text: &str) -> String {
    let mut parts = text.split('%');
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let byte = part.get(..2).and_then(|digits| u8::from_str_radix(digits, 16).ok());
        out.extend(byte.map(char::from));
        out.push_str(part.get(2..).unwrap_or_default());
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_taken_apart_as_a_browser_does() {
        let url = "http://h/?redirect_uri=http%3A%2F%2F127.0.0.1%3A80%2Fback&state=a-b\n";
        assert_eq!(decoded(&part(url, "redirect_uri=", "&").unwrap()), "http://127.0.0.1:80/back");
        assert_eq!(part(url, "state=", "&").unwrap(), "a-b");
        assert!(part(url, "code=", "&").is_err());
    }
}
