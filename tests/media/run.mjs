// Probes real videos from ffmpeg. For each video, the probe must agree with ffprobe and return the expected findings.
// The files remain in target/media until the recipes change.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../../scripts/lib/paths.mjs';
import { probeVideo } from 'toklink';
import { CASES } from './cases.mjs';

const RECIPES = ['./cases.mjs', './boxes.mjs']
  .reduce((hash, name) => hash.update(readFileSync(new URL(name, import.meta.url))), createHash('sha256'))
  .digest('hex');
const FOLDER = join(ROOT, 'target', 'media', RECIPES.slice(0, 16));
const CONTAINERS = { mp4: 'mp4', mov: 'mov', webm: 'webm' };
const CODECS = { h264: 'h264', hevc: 'h265', vp8: 'vp8', vp9: 'vp9' };
/** The maximum difference in duration, because some programs do not count the last frame. */
const DURATION_SLACK_MS = 60;

function ran(program, args) {
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
  if (status !== 0) throw new Error(`${program} ${args.join(' ')}\n${stderr}`);
  return stdout;
}

const path = (file) => join(FOLDER, file);

/** Creates the file of one case under a temporary name first, so that an interrupted run leaves no partial file. */
function make({ file, ffmpeg, from, input = [], changes }) {
  if (existsSync(path(file))) return;
  const unfinished = path(`unfinished-${file}`);
  if (changes !== undefined) {
    writeFileSync(unfinished, changes.reduce((bytes, change) => change(bytes), readFileSync(path(from))));
  } else {
    const source = from === undefined ? [] : [...input, '-i', path(from)];
    ran('ffmpeg', ['-hide_banner', '-loglevel', 'error', '-y', ...source, ...ffmpeg, unfinished]);
  }
  renameSync(unfinished, path(file));
}

const ratio = (text) => text.split('/').map(Number).reduce((over, under) => over / under);

/** Returns the properties that ffprobe reports for a file. */
function reference(file) {
  const { streams, format } = JSON.parse(ran('ffprobe', ['-v', 'error', '-show_format', '-show_streams', '-of', 'json', path(file)]));
  const video = streams.find((stream) => stream.codec_type === 'video');
  const turned = (video.side_data_list ?? []).find((data) => data.rotation !== undefined)?.rotation ?? 0;
  const rotation = ((-turned % 360) + 360) % 360;
  const sides = [video.width, video.height];
  const [width, height] = rotation % 180 === 0 ? sides : sides.reverse();
  return {
    durationMs: format.duration === undefined ? null : Number(format.duration) * 1000,
    width,
    height,
    rotation,
    videoCodec: video.codec_name,
    frameRate: ratio(video.avg_frame_rate),
    hasAudio: streams.some((stream) => stream.codec_type === 'audio'),
    sizeBytes: Number(format.size),
  };
}

function agrees(name, { file, variable = false, unsaid = [] }, video) {
  const seen = reference(file);
  const is = (what, found, expected) => assert.deepEqual(found, expected, `${name}: ${what}`);
  is('container', video.container, CONTAINERS[file.split('.').pop()]);
  is('codec', video.videoCodec in { h264: 0, h265: 0, vp8: 0, vp9: 0 }, seen.videoCodec in CODECS);
  if (seen.videoCodec in CODECS) is('codec', video.videoCodec, CODECS[seen.videoCodec]);
  is('sides', [video.width, video.height], [seen.width, seen.height]);
  is('rotation', video.rotation, seen.rotation);
  is('sound', video.hasAudio, seen.hasAudio);
  is('size', video.sizeBytes, seen.sizeBytes);
  is('variable rate', video.variableFrameRate === true, variable);
  if (unsaid.includes('duration')) is('duration', video.durationMs, null);
  else is(`duration ${video.durationMs} is about ${seen.durationMs} ms`, Math.abs(video.durationMs - seen.durationMs) <= DURATION_SLACK_MS, true);
  const near = video.frameRate !== null && Math.abs(video.frameRate / seen.frameRate - 1) <= 0.02;
  is(`frame rate ${video.frameRate} is about ${seen.frameRate}`, near, true);
}

async function check(name, wanted) {
  const file = path(wanted.file);
  if (wanted.refused !== undefined) {
    await assert.rejects(probeVideo(file), (error) => {
      assert.equal(error.code, 'INVALID_INPUT', name);
      assert.equal(error.reason, wanted.refused, name);
      return true;
    });
    return;
  }
  const { video, findings } = await probeVideo(file);
  agrees(name, wanted, video);
  const found = Object.fromEntries(findings.map(({ rule, severity }) => [rule, severity]));
  assert.deepEqual(found, wanted.findings ?? {}, `${name}: findings`);
}

mkdirSync(FOLDER, { recursive: true });
const failed = [];
for (const [name, wanted] of Object.entries(CASES)) {
  try {
    make(wanted);
    await check(name, wanted);
  } catch (error) {
    failed.push(name);
    console.error(`NOT TRUE  ${error.message}`);
  }
}
const count = Object.keys(CASES).length;
console.log(`${count - failed.length} of ${count} real videos judged as they must be`);
if (failed.length > 0) process.exitCode = 1;
