//! The JSON form of a checked file, for hosts. Names are in camelCase, and the MIME type is added to the container.

use super::{Finding, VideoInfo};
use serde::ser::{Serialize, SerializeStruct, Serializer};

impl Serialize for VideoInfo {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut out = serializer.serialize_struct("VideoInfo", 11)?;
        out.serialize_field("container", self.container.as_str())?;
        out.serialize_field("mime", self.container.mime())?;
        out.serialize_field("sizeBytes", &self.size_bytes)?;
        out.serialize_field("durationMs", &self.duration_ms)?;
        out.serialize_field("width", &self.width)?;
        out.serialize_field("height", &self.height)?;
        out.serialize_field("rotation", &self.rotation)?;
        out.serialize_field("videoCodec", &self.video_codec.as_ref().map(super::VideoCodec::as_str))?;
        out.serialize_field("frameRate", &self.frame_rate)?;
        out.serialize_field("variableFrameRate", &self.variable_frame_rate)?;
        out.serialize_field("hasAudio", &self.has_audio)?;
        out.end()
    }
}

impl Serialize for Finding {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut out = serializer.serialize_struct("Finding", 5)?;
        out.serialize_field("rule", self.rule)?;
        out.serialize_field("found", &self.found)?;
        out.serialize_field("allowed", &self.allowed)?;
        out.serialize_field("advice", self.advice)?;
        out.serialize_field("severity", self.severity.as_str())?;
        out.end()
    }
}
