// The real videos of tests/media need ffmpeg to make them, and ffprobe to be compared with.

import { spawnSync } from 'node:child_process';
import { installOnDebian } from './debian.mjs';
import { run, StepFailed } from './run.mjs';

const there = () => ['ffmpeg', 'ffprobe'].every((name) => spawnSync(name, ['-version'], { stdio: 'ignore' }).status === 0);

/** Makes real videos and has the probe judge them. */
export async function realVideos() {
  if (!there()) await installOnDebian('ffmpeg');
  if (!there()) throw new StepFailed('There is no ffmpeg with ffprobe: install it (Debian: apt-get install ffmpeg).');
  await run('real videos', [process.execPath, 'tests/media/run.mjs'], { show: /real videos|NOT TRUE/ });
}
