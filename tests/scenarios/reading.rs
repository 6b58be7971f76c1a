//! Scenario acts that read or count.

use crate::host::Host;
use crate::result_lines;
use crate::table::{Lines, Step};
use toklink::media::{Severity, VideoCodec};
use toklink::{CreatorInfo, ProbeReport, QuotaKind, Result, UserInfo};

impl Host {
    /// Runs the act if it reads or counts; returns `None` otherwise.
    pub(crate) async fn read(&mut self, act: &str, step: &Step) -> Option<Result<String>> {
        let (client, account) = (&self.client, &self.account);
        Some(match act {
            "account" => client.account(account).await.map(|account| result_lines::account(&account)),
            "accounts" => {
                let tenant = step.argument("tenant");
                client.accounts(tenant.as_deref()).await.map(|accounts| count("accounts", accounts.len()))
            }
            "profile" => client.user_info(account).await.map(|info| profile(&info)),
            "videos" => {
                let most = step.argument("at_most").unwrap().parse().unwrap();
                client.list_videos(account, None, most).await.map(|page| {
                    let mut lines = Lines::default();
                    lines.add("videos", page.videos.len());
                    lines.add("more", page.next_cursor.is_some());
                    lines.finish()
                })
            }
            "creator" => client.creator_info(account).await.map(|info| creator(&info)),
            "probe" => {
                let file = Self::file(&step.argument("file").unwrap());
                client.probe_video(&file).await.map(|report| probed(&report))
            }
            "use_quota" => {
                let times: u32 = step.argument("times").unwrap().parse().unwrap();
                for _ in 0..times {
                    client.increment_quota(account, kind(step));
                }
                Ok(String::new())
            }
            "check_quota" => {
                let mut lines = Lines::default();
                let refusal = client.check_quota(account, kind(step)).err();
                lines.add("allowed", refusal.is_none());
                let pause = refusal.and_then(|error| error.retry_after());
                lines.add_some("retry_minutes", pause.map(|pause| result_lines::minutes(pause.as_millis())));
                Ok(lines.finish())
            }
            "quota" => Ok(result_lines::windows(&client.quota_status(account), kind(step).as_str())),
            _ => return None,
        })
    }
}

fn count(name: &str, number: usize) -> String {
    let mut lines = Lines::default();
    lines.add(name, number);
    lines.finish()
}

fn kind(step: &Step) -> QuotaKind {
    let name = step.argument("kind").unwrap();
    QuotaKind::ALL.into_iter().find(|kind| kind.as_str() == name).unwrap()
}

fn profile(info: &UserInfo) -> String {
    let mut lines = Lines::default();
    lines.add("display_name", &info.display_name);
    lines.add("username", info.username.as_deref().unwrap_or_default());
    lines.add("bio", info.bio_description.as_deref().unwrap_or_default());
    lines.add_some("verified", info.is_verified);
    lines.add_some("videos", info.video_count);
    lines.finish()
}

fn creator(info: &CreatorInfo) -> String {
    let mut lines = Lines::default();
    lines.add("username", &info.username);
    lines.add("nickname", &info.nickname);
    lines.add_list("privacy_levels", info.privacy_level_options.iter().map(|level| level.as_str()));
    lines.add("comment_disabled", info.comment_disabled);
    lines.add("duet_disabled", info.duet_disabled);
    lines.add("stitch_disabled", info.stitch_disabled);
    lines.add("longest_seconds", info.max_video_post_duration_sec);
    lines.finish()
}

fn probed(report: &ProbeReport) -> String {
    let (video, mut lines) = (&report.video, Lines::default());
    let refused = report.findings.iter().any(|finding| finding.severity == Severity::Error);
    lines.add("acceptable", !refused);
    lines.add("container", video.container.as_str());
    lines.add("mime", video.container.mime());
    lines.add("codec", video.video_codec.as_ref().map(VideoCodec::as_str).unwrap_or_default());
    lines.add("bytes", video.size_bytes);
    lines.add("width", video.width.unwrap_or_default());
    lines.add("height", video.height.unwrap_or_default());
    lines.add("rotation", video.rotation);
    lines.add_some("duration_ms", video.duration_ms);
    lines.add_some("audio", video.has_audio);
    for finding in &report.findings {
        let (found, allowed, advice) = (&finding.found, &finding.allowed, finding.advice);
        lines.add(&format!("finding {}", finding.rule), format!("{found}; {allowed}; {advice}"));
    }
    lines.finish()
}
