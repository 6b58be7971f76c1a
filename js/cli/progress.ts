import { SingleBar } from 'cli-progress';
import type { PublishProgress } from '../types.js';
import { bytes } from './output.js';
import type { Output } from './output.js';

const WORDS: Record<PublishProgress['phase'], string> = {
  probing: 'reading the file',
  sending: 'sending',
  processing: 'TikTok is processing the post',
  moderating: 'TikTok is reviewing the post',
  published: 'published',
};

/** Shows progress on stderr: a bar on a terminal, otherwise a line for each phase. */
export function progressBar(output: Output): { show: (progress: PublishProgress) => void; stop: () => void } {
  if (output.json || !process.stderr.isTTY) {
    let phase: string | undefined;
    const show = (progress: PublishProgress): void => {
      if (phase === progress.phase) return;
      phase = progress.phase;
      output.note(`${WORDS[progress.phase]} (${bytes(progress.bytesSent)} of ${bytes(progress.totalBytes)})`);
    };
    return { show, stop: () => undefined };
  }
  const bar = new SingleBar({
    format: '[{bar}] {percentage}%  {sent} of {total_}  {rate}/s  {left}  {phase}',
    stream: process.stderr,
    barCompleteChar: '#',
    barIncompleteChar: '.',
    barsize: 24,
    hideCursor: true,
    stopOnComplete: false,
    gracefulExit: false,
    etaBuffer: 1,
  });
  let started = false;
  const show = ({ phase, bytesSent, totalBytes, bytesPerSecond, remainingMs }: PublishProgress): void => {
    const words = {
      sent: bytes(bytesSent),
      total_: bytes(totalBytes),
      rate: bytes(bytesPerSecond),
      left: remainingMs === null || phase !== 'sending' ? '' : `${Math.ceil(remainingMs / 1000)} s left`,
      phase: WORDS[phase],
    };
    if (!started) bar.start(Math.max(totalBytes, 1), bytesSent, words);
    started = true;
    bar.setTotal(Math.max(totalBytes, 1));
    bar.update(bytesSent, words);
  };
  return { show, stop: () => started && bar.stop() };
}
