import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { authorities } from './authorities.js';
import { readEnvironment } from './environment.js';
import type { Env } from './environment.js';
import { wrong } from './finding.js';
import type { Finding } from './finding.js';
import { judge } from './library-check.js';
import { keys } from './keys.js';
import { isNextApp, next } from './next.js';
import { redirect } from './redirect.js';
import { redis } from './redis.js';
import { runtime } from './runtime.js';
import { store } from './store.js';
import type { StoreChoice } from './store.js';
import { tiktok } from './tiktok.js';

/** The options of `toklink doctor`. */
export interface DoctorChoice extends StoreChoice {
  /** The folder of the app. */
  app: string;
}

export interface Diagnosis {
  /** True when no finding is `wrong`. There may be warnings. */
  ok: boolean;
  findings: Finding[];
}

/** Runs all checks one after the other. A failed check does not stop the others. */
export async function diagnose(choice: DoctorChoice, given: Env = process.env): Promise<Diagnosis> {
  const app = resolve(choice.app);
  const { env, findings: environmentFindings } = readEnvironment(app, isNextApp(app), given);
  const judgement = await judge(env);
  const findings = [
    ...runtime(),
    ...environmentFindings,
    ...keys(env, judgement),
    ...redirect(env),
    ...authorities(env, judgement),
    ...(await tiktok(env, judgement)),
    ...(await store(choice, env, judgement)),
    ...(await redis(env, judgement)),
    ...(isFolder(app) ? next(app) : [wrong('app', `the folder ${app} does not exist`, 'Pass the folder of the app with --app.')]),
  ];
  return { ok: findings.every(({ level }) => level !== 'wrong'), findings };
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

/** Formats the diagnosis as lines: each finding, followed by its fix. */
export function diagnosisLines({ findings }: Diagnosis): string[] {
  const width = Math.max(...findings.map(({ check }) => check.length));
  const lines = findings.flatMap(({ check, level, found, fix }) => {
    const line = `${level.padEnd(7)}  ${check.padEnd(width)}  ${found}`;
    return fix === null ? [line] : [line, `${' '.repeat(11 + width)}-> ${fix}`];
  });
  const count = (level: string): number => findings.filter((finding) => finding.level === level).length;
  return [...lines, '', `${count('wrong')} wrong, ${count('warning')} ${count('warning') === 1 ? 'warning' : 'warnings'}, ${count('ok')} ok`];
}
