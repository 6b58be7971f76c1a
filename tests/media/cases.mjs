// The videos that ffmpeg creates for tests/media/run.mjs, and the expected result of each.

import { before, behind, box, cut, from, renamed, stated, turned, withoutLastDuration } from './boxes.mjs';

const H264 = ['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p'];
const H265 = ['-c:v', 'libx265', '-preset', 'ultrafast', '-x265-params', 'log-level=error', '-pix_fmt', 'yuv420p'];
const VP8 = ['-c:v', 'libvpx', '-deadline', 'realtime', '-cpu-used', '8'];
const VP9 = ['-c:v', 'libvpx-vp9', '-deadline', 'realtime', '-cpu-used', '8'];
const AAC = ['-f', 'lavfi', '-i', 'sine=frequency=440', '-c:a', 'aac'];
const OPUS = ['-f', 'lavfi', '-i', 'sine=frequency=440', '-c:a', 'libopus'];

/** Returns the ffmpeg arguments of a test video in portrait format. */
const picture = ({ rate = 30, size = '540x960', seconds = 2 } = {}) =>
  ['-f', 'lavfi', '-t', String(seconds), '-i', `testsrc2=size=${size}:rate=${rate}`];

const made = (source, ...rest) => [...source, ...rest, '-shortest'];

/**
 * `findings`: the rules that the probe must report, with their severity. A video that may be posted has none.
 * `refused`: the reason of the error if the file cannot be validated.
 * `ffmpeg`: the ffmpeg arguments before the output file.
 * `from`: the file of another case from which the file is created, with `input` arguments or with `changes` to the bytes. Each change
 * receives the result of the previous one.
 *
 * @type {Record<string, { file: string, ffmpeg?: string[], from?: string, input?: string[], changes?: ((bytes: Buffer) => Buffer)[],
 *   findings?: Record<string, 'error' | 'warning'>, refused?: string, variable?: boolean, unsaid?: string[] }>}
 */
export const CASES = {
  'H.264 with audio': { file: 'h264.mp4', ffmpeg: made(picture(), ...AAC, ...H264) },
  'H.264 with the index first': { file: 'faststart.mp4', ffmpeg: made(picture(), ...AAC, ...H264, '-movflags', '+faststart') },
  'fragmented H.264': {
    file: 'fragments.mp4',
    ffmpeg: made(picture(), ...AAC, ...H264, '-g', '15', '-movflags', '+frag_keyframe+empty_moov+default_base_moof'),
  },
  'fragmented H.264 after an unfragmented part': {
    file: 'fragments-after.mp4',
    ffmpeg: made(picture(), ...H264, '-g', '15', '-movflags', '+frag_keyframe'),
  },
  'fragments whose header contains the total duration': {
    file: 'fragments-stated.mp4',
    from: 'fragments.mp4',
    changes: [stated('mvhd', (scale) => 2 * scale), stated('mdhd', (scale) => 2 * scale)],
  },
  'more than 2,048 fragments': {
    file: 'fragments-many.mp4',
    ffmpeg: made(picture({ seconds: 90, size: '360x640' }), ...AAC, ...H264, '-crf', '45', '-movflags', '+frag_every_frame+empty_moov+default_base_moof'),
  },
  'fragments with a segment index': {
    file: 'fragments-indexed.mp4',
    ffmpeg: made(picture(), ...AAC, ...H264, '-g', '15', '-movflags', '+cmaf+global_sidx+frag_keyframe'),
  },
  'a segment type box in place of the file type box': { file: 'styp.mp4', from: 'fragments.mp4', changes: [renamed('ftyp', 'styp')] },
  'a vendor box before the file type box': {
    file: 'uuid.mp4',
    from: 'fragments.mp4',
    changes: [before(box('uuid', Buffer.alloc(40, 7)), box('XMKR', Buffer.alloc(9, 1)))],
  },
  'a segment without its header': { file: 'segment.mp4', from: 'fragments.mp4', changes: [from('moof')], refused: 'NOT_A_VIDEO' },
  'truncated fragments': { file: 'fragments-cut.mp4', from: 'fragments.mp4', changes: [cut(0.8)], refused: 'VIDEO_TRUNCATED' },
  'timestamps with jitter': {
    file: 'trembling.mp4',
    ffmpeg: made(picture(), '-vf', "setpts='(N+0.3*random(1))/30/TB'", '-fps_mode', 'vfr', ...H264, '-video_track_timescale', '90000'),
  },
  'a line break after the video': { file: 'newline.mp4', from: 'h264.mp4', changes: [behind(Buffer.from('\r\n'))] },
  'a tag after the video': { file: 'tag.mp4', from: 'faststart.mp4', changes: [behind(Buffer.from('TAG'.padEnd(128)))] },
  'the end of a web form after the video': {
    file: 'form.mp4',
    from: 'h264.mp4',
    changes: [behind(Buffer.from('\r\n------WebKitFormBoundary7MA4YWxkTrZu0gW--\r\n'))],
  },
  'rotated by the movie header': { file: 'turned-movie.mp4', from: 'h264.mp4', changes: [turned('mvhd', [0, 1, -1, 0])] },
  'rotated by the movie header and the track header': {
    file: 'turned-both.mp4',
    from: 'h264.mp4',
    changes: [turned('mvhd', [0, 1, -1, 0]), turned('tkhd', [0, 1, -1, 0])],
  },
  'H.264 in MOV': { file: 'h264.mov', ffmpeg: made(picture(), ...AAC, ...H264) },
  'H.265 in MP4 (hvc1)': { file: 'hvc1.mp4', ffmpeg: made(picture(), ...H265, '-tag:v', 'hvc1') },
  'H.265 in MP4 (hev1)': { file: 'hev1.mp4', ffmpeg: made(picture(), ...H265, '-tag:v', 'hev1') },
  'H.265 in MOV': { file: 'h265.mov', ffmpeg: made(picture(), ...H265, '-tag:v', 'hvc1') },
  'VP8 in WebM': { file: 'vp8.webm', ffmpeg: made(picture(), ...OPUS, ...VP8) },
  'VP9 in WebM': { file: 'vp9.webm', ffmpeg: made(picture(), ...OPUS, ...VP9) },
  'VP9 in MP4': { file: 'vp9.mp4', ffmpeg: made(picture(), ...VP9) },
  'WebM as a browser records it': {
    file: 'live.webm',
    ffmpeg: made(picture(), ...VP8, '-live', '1', '-f', 'webm'),
    findings: { duration: 'warning' },
    unsaid: ['duration'],
  },
  '15 fps': { file: '15.mp4', ffmpeg: made(picture({ rate: 15 }), ...H264), findings: { frame_rate: 'error' } },
  '23.976 fps': { file: '23976.mp4', ffmpeg: made(picture({ rate: '24000/1001' }), ...H264) },
  '60 fps': { file: '60.mp4', ffmpeg: made(picture({ rate: 60 }), ...H264) },
  'a track header with another duration': {
    file: 'timescale.mp4',
    from: '60.mp4',
    changes: [stated('mdhd', (scale, units) => Math.round(units / 12))],
  },
  'a last sample without a duration': { file: '60-last.mp4', from: '60.mp4', changes: [withoutLastDuration] },
  '120 fps': {
    file: '120.mp4',
    ffmpeg: made(picture({ rate: 120 }), ...H264),
    findings: { frame_rate: 'error' },
  },
  'a variable frame rate within the rules': {
    file: 'variable.mp4',
    ffmpeg: made(picture(), '-vf', "select='mod(n,10)'", '-fps_mode', 'vfr', ...H264),
    variable: true,
  },
  'a variable frame rate that is too low on average': {
    file: 'variable-low.mp4',
    ffmpeg: made(picture(), '-vf', "select='lt(mod(n,10),5)'", '-fps_mode', 'vfr', ...H264),
    findings: { frame_rate: 'error' },
    variable: true,
  },
  'rotated by 90 degrees': { file: 'turned90.mp4', from: 'h264.mp4', changes: [turned('tkhd', [0, 1, -1, 0])] },
  'rotated by 180 degrees': { file: 'turned180.mp4', from: 'h264.mp4', changes: [turned('tkhd', [-1, 0, 0, -1])] },
  'rotated by 270 degrees': { file: 'turned270.mov', from: 'h264.mov', changes: [turned('tkhd', [0, -1, 1, 0])] },
  'trimmed by an edit list': { file: 'edited.mp4', from: 'h264.mp4', input: ['-ss', '0.7'], ffmpeg: ['-c', 'copy'] },
  'too few pixels': {
    file: 'small.mp4',
    ffmpeg: made(picture({ size: '320x240' }), ...H264),
    findings: { pixels: 'error' },
  },
  'longer than some creators may post': {
    file: '200s.mp4',
    ffmpeg: made(picture({ seconds: 200, rate: 24, size: '360x640' }), ...H264, '-crf', '45'),
    findings: { duration: 'warning' },
  },
  'a duration of eleven minutes': {
    file: '660s.mp4',
    ffmpeg: made(picture({ seconds: 660, rate: 24, size: '360x640' }), ...H264, '-crf', '45'),
    findings: { duration: 'error' },
  },
  'MPEG-4 Part 2': { file: 'mpeg4.mp4', ffmpeg: made(picture(), '-c:v', 'mpeg4'), findings: { codec: 'error' } },
  ProRes: { file: 'prores.mov', ffmpeg: made(picture(), '-c:v', 'prores_ks'), findings: { codec: 'error' } },
  'audio only in MP4': { file: 'sound.mp4', ffmpeg: [...AAC, '-t', '2'], refused: 'NOT_A_VIDEO' },
  'audio only in WebM': { file: 'sound.webm', ffmpeg: [...OPUS, '-t', '2'], refused: 'NOT_A_VIDEO' },
  'truncated, with the index first': { file: 'cut-front.mp4', from: 'faststart.mp4', changes: [cut(0.6)], refused: 'VIDEO_TRUNCATED' },
  'truncated, with the index last': { file: 'cut-end.mp4', from: 'h264.mp4', changes: [cut(0.6)], refused: 'VIDEO_TRUNCATED' },
  'truncated in the headers': { file: 'cut-headers.webm', from: 'vp9.webm', changes: [cut(0.001)], refused: 'VIDEO_TRUNCATED' },
  Matroska: { file: 'h264.mkv', from: 'h264.mp4', ffmpeg: ['-c', 'copy'], refused: 'NOT_A_VIDEO' },
  AVI: { file: 'mpeg4.avi', ffmpeg: made(picture(), '-c:v', 'mpeg4'), refused: 'NOT_A_VIDEO' },
  'an image': { file: 'picture.png', ffmpeg: made(picture(), '-frames:v', '1'), refused: 'NOT_A_VIDEO' },
};
