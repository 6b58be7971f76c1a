// Tests the probe on real videos (tests/media): ffmpeg creates the videos, and ffprobe provides the expected values.

import { spawnSync } from 'node:child_process';
import { installOnDebian } from './debian.mjs';
import { run, StepFailed } from './run.mjs';

const there = () => ['ffmpeg', 'ffprobe'].every((name) => spawnSync(name, ['-version'], { stdio: 'ignore' }).status === 0);

/** Creates real videos and checks the results of the probe. */
export async function realVideos() {
  if (!there()) await installOnDebian('ffmpeg');
  if (!there()) throw new StepFailed('ffmpeg with ffprobe is not installed; install it (Debian: apt-get install ffmpeg).');
  await run('real videos', [process.execPath, 'tests/media/run.mjs'], { show: /real videos|NOT TRUE/ });
}
