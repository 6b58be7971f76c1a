import { Command, CommanderError, Option } from 'commander';
import { probeVideo } from '../client.js';
import type { Client } from '../client.js';
import { ToklinkError } from '../errors.js';
import type { Video } from '../types.js';
import { VERSION } from '../version.js';
import { dashedValuesLast } from './arguments.js';
import { diagnosisLines, diagnose } from './doctor/diagnose.js';
import type { DoctorChoice } from './doctor/diagnose.js';
import { serveEmulator } from './emulator.js';
import { accountLines, accountRows, collectLines, exportLines, historyLines, metricLines, probeLines, quotaRows, resealLines, statusLines, videoRows } from './listing.js';
import { Interruption } from './interruption.js';
import { login } from './login.js';
import { Output } from './output.js';
import { checkPost, outcomeLines, post, privacyLevel } from './post.js';
import type { PostOptions } from './post.js';
import { exportLegacy, reseal } from './reseal.js';
import type { ExportChoice, ResealChoice } from './reseal.js';
import { resume, unfinishedRows } from './unfinished.js';
import { chooseAccount, defaultStore, handle, withClient } from './session.js';
import type { GlobalOptions } from './session.js';
import { sweep } from './sweep.js';
import type { SweepChoice } from './sweep.js';
import { UsageError, wholeNumber } from './usage.js';

const DONE = 0;
const FAILED = 1;
const WRONG_USAGE = 2;
const CANCELLED = 130;

/** Runs one command line and resolves to its exit code. */
export async function main(argv: string[]): Promise<number> {
  const end = argv.indexOf('--');
  const output = new Output(argv.slice(0, end === -1 ? undefined : end).includes('--json'));
  const interruption = new Interruption(output);
  try {
    if (argv[0] === 'emulator') {
      interruption.end();
      return await serveEmulator(argv.slice(1));
    }
    const ended = { code: DONE };
    const root = program(output, interruption, ended);
    await Promise.race([
      root.parseAsync(dashedValuesLast(argv, root), { from: 'user' }),
      interruption.unanswered,
    ]);
    return ended.code;
  } catch (cause) {
    return fail(output, cause);
  } finally {
    interruption.end();
  }
}

function fail(output: Output, cause: unknown): number {
  if (cause instanceof CommanderError) {
    if (cause.exitCode === 0) return DONE;
    // commander has already printed the message.
    const message = cause.message.replace(/^error: /, '');
    if (output.json) output.failure(new UsageError(message === '(outputHelp)' ? 'the command is missing; see toklink --help' : message));
    return WRONG_USAGE;
  }
  const error = ToklinkError.is(cause)
    ? cause
    : new ToklinkError({ code: 'INTERNAL', owner: 'toklink', message: 'an internal error occurred in toklink; please report it' });
  output.failure(error);
  if (cause instanceof UsageError) return WRONG_USAGE;
  return error.code === 'CANCELLED' ? CANCELLED : FAILED;
}

/** Defines all commands. A command sets `ended.code` when its result reports a problem. */
function program(output: Output, interruption: Interruption, ended: { code: number }): Command {
  const root = new Command('toklink')
    .description('Connect TikTok accounts, post videos and read metrics.')
    .version(VERSION)
    .addOption(new Option('--json', 'print exactly one JSON document on stdout'))
    .addOption(new Option('--store <file>', `the file that stores accounts (default: ${defaultStore()})`))
    .addOption(new Option('--account <name>', 'the account: its handle, open_id or name (default: the only one)'))
    .configureHelp({ showGlobalOptions: true })
    .exitOverride()
    .configureOutput({ writeErr: (text) => void (output.json || process.stderr.write(text)) })
    .addHelpText('after', '\nSet TIKTOK_CLIENT_KEY, TIKTOK_CLIENT_SECRET and TOKEN_ENCRYPTION_KEY (openssl rand -hex 32).');

  const options = (): GlobalOptions => root.opts<GlobalOptions>();
  const verb = (name: string, words: string): Command => root.command(name).description(words);

  verb('login', 'connect a TikTok account in the browser')
    .option('--no-browser', 'print the URL instead of opening it')
    .action(async ({ browser }: { browser: boolean }) => {
      await withClient(options(), async (client) => {
        const result = await login(client, output, { browser, signal: interruption.signal() });
        const lines = [`Connected ${handle(result.account)} (${result.account.displayName}).`];
        if (result.missingScopes.length > 0) lines.push(`Not granted: ${result.missingScopes.join(', ')}.`);
        output.result({ account: result.account, missingScopes: result.missingScopes }, lines);
      });
    });

  verb('accounts', 'list the connected accounts').action(async () => {
    await withClient(options(), async (client) => {
      const accounts = await client.accounts();
      output.result({ accounts }, accountRows(accounts));
    });
  });

  verb('account', 'show the profile of one account').action(async () => {
    await withClient(options(), async (client) => {
      const account = await chooseAccount(client, options().account);
      const userInfo = await client.userInfo(account);
      output.result({ account, userInfo }, accountLines(account, userInfo));
    });
  });

  verb('videos', 'list the public videos with their metrics, newest first')
    .option('--limit <count>', 'maximum number of videos', wholeNumber('--limit', 1), 20)
    .action(async ({ limit }: { limit: number }) => {
      await withClient(options(), async (client) => {
        const account = await chooseAccount(client, options().account);
        const videos: Video[] = [];
        for await (const video of client.videos(account)) {
          videos.push(video);
          if (videos.length === limit) break;
        }
        output.result({ videos }, videoRows(videos));
      });
    });

  verb('metrics', 'show the metrics of an account: followers, views, engagement, growth')
    .option('--all', 'collect and store the metrics of all accounts, each once a day unless --max-age is set; for cron')
    .option('--limit <count>', 'with --all: maximum number of accounts; the next run continues', wholeNumber('--limit', 1))
    .option('--max-age <seconds>', 'with --all: also replace metrics that are older than this', wholeNumber('--max-age', 0))
    .option('--store-module <file>', "with --all: a module whose default export is the host's own AccountStore")
    .action(async ({ all, ...chosen }: SweepChoice & { all?: boolean }) => {
      if (all) {
        const report = await sweep(options(), output, chosen, interruption.signal());
        output.result(report, collectLines(report));
        return;
      }
      if (Object.keys(chosen).length > 0) throw new UsageError('--limit, --max-age and --store-module require --all');
      await withClient(options(), async (client) => {
        const account = await chooseAccount(client, options().account);
        const metrics = await client.accountMetrics(account);
        const history = await client.metricsHistory(account);
        const { day, week, month } = history;
        output.result({ ...metrics, growth: { day, week, month } }, [...metricLines(metrics), ...historyLines(history)]);
      });
    });

  verb('post', 'post a video and wait for the outcome')
    .argument('<file>', 'an MP4, MOV or WebM file, or its https URL')
    .option('--title <text>', 'caption, at most 2200 UTF-16 code units')
    .option('--privacy <level>', 'who can see the post, for example SELF_ONLY; required unless --draft is set', privacyLevel)
    .option('--draft', "send the post to the creator's inbox; the creator finishes it in TikTok")
    .option('--allow-comment', 'allow comments')
    .option('--allow-duet', 'allow duets')
    .option('--allow-stitch', 'allow stitches')
    .option('--cover-ms <ms>', 'the time of the cover frame', wholeNumber('--cover-ms', 0))
    .option('--brand-content', 'disclose a paid partnership with a third party')
    .option('--brand-organic', 'disclose that the post promotes your own business')
    .option('--aigc', 'label the post as AI-generated')
    .option('--key <text>', 'the idempotency key; the same key posts at most once')
    .option('--relay-from-loopback', 'allow a video URL on this machine, for tests')
    .action(async (file: string, chosen: PostOptions) => {
      checkPost(chosen);
      const { relayFromLoopback = false } = chosen;
      const work = async (client: Client): Promise<void> => {
        const account = await chooseAccount(client, options().account);
        const outcome = await post(client, output, account, file, chosen, interruption.signal());
        output.result(outcome, outcomeLines(outcome));
      };
      await withClient(options(), work, { relayFromLoopback });
    });

  verb('resume', 'resume an interrupted post')
    .argument('[id]', 'its idempotency key or publish id (default: the newest unfinished post)')
    .option('--file <file>', 'the path of the same video, if it was moved')
    .action(async (name: string | undefined, { file }: { file?: string }) => {
      await withClient(options(), async (client) => {
        const account = await chooseAccount(client, options().account);
        const outcome = await resume(client, output, account, { name, file, signal: interruption.signal() });
        output.result(outcome, outcomeLines(outcome));
      });
    });

  verb('unfinished', 'list the posts that have not finished').action(async () => {
    await withClient(options(), async (client) => {
      const publishes = await client.unfinishedPublishes(await chooseAccount(client, options().account));
      output.result({ publishes }, unfinishedRows(publishes));
    });
  });

  verb('abandon', 'abandon a post whose outcome is unknown; check first that it does not exist in TikTok')
    .argument('<key>', 'its idempotency key')
    .action(async (idempotencyKey: string) => {
      await withClient(options(), async (client) => {
        await client.abandonPublish(await chooseAccount(client, options().account), idempotencyKey);
        output.result({ abandoned: idempotencyKey }, [`Abandoned ${idempotencyKey}. Its key can be used again.`]);
      });
    });

  verb('status', 'show the status of a post')
    .argument('<id>', 'the publish id')
    .action(async (id: string) => {
      await withClient(options(), async (client) => {
        const account = await chooseAccount(client, options().account);
        const status = await client.publishStatus(account, id);
        output.result(status, statusLines(status));
      });
    });

  verb('quota', 'show the rate limits, their usage and the place where it is counted').action(async () => {
    await withClient(options(), async (client) => {
      const quotas = await client.readQuota(await chooseAccount(client, options().account));
      output.result({ quotas }, quotaRows(quotas));
    });
  });

  verb('probe', "check a file against TikTok's rules; needs no account")
    .argument('<file>', 'an MP4, MOV or WebM file')
    .action(async (file: string) => {
      const report = await probeVideo(file);
      output.result(report, probeLines(report));
    });

  verb('reseal', 'encrypt all stored tokens with the first key of TOKEN_ENCRYPTION_KEYS; safe while the app is running')
    .option('--check', 'only show which keys the stored tokens need')
    .option('--accept-legacy', "also encrypt tokens in the dashboard's old format")
    .option('--accept-clear-text', 'also encrypt tokens that are stored in clear text')
    .option('--store-module <file>', "a module whose default export is the host's own AccountStore")
    .action(async (chosen: ResealChoice) => {
      const report = await reseal(options(), output, chosen, interruption.signal());
      output.result(report, resealLines(report, chosen.check ?? false));
    });

  verb('export-legacy', "write all stored tokens in the dashboard's old format, to return to its own code; only counts them without --apply")
    .option('--apply', 'write the tokens; they are no longer bound to their accounts')
    .option('--store-module <file>', "a module whose default export is the host's own AccountStore")
    .action(async (chosen: ExportChoice) => {
      const report = await exportLegacy(options(), output, chosen, interruption.signal());
      output.result(report, exportLines(report, chosen.apply ?? false));
    });

  verb('doctor', 'check keys, clock, store, Redis, TikTok and Next.js, and report how to fix each problem')
    .option('--app <folder>', 'the folder of the app', '.')
    .option('--store-module <file>', "a module whose default export is the host's own AccountStore")
    .action(async (chosen: DoctorChoice) => {
      const { store } = options();
      const diagnosis = await diagnose({ ...chosen, ...(store !== undefined && { store }) });
      output.result(diagnosis, diagnosisLines(diagnosis));
      if (!diagnosis.ok) ended.code = FAILED;
    });

  verb('logout', 'disconnect an account and revoke its tokens')
    .argument('[account]', 'its handle, open_id or name (default: the only one)')
    .action(async (named: string | undefined) => {
      await withClient(options(), async (client) => {
        const account = await chooseAccount(client, named ?? options().account);
        await client.disconnect(account);
        output.result({ disconnected: account.accountId }, [`Disconnected ${handle(account)}.`]);
      });
    });

  verb('emulator', 'run the TikTok emulator until Ctrl-C; --help lists its flags')
    .usage('[--port N] [--seed N] [--no-limits] [--consent USER] [--scenario FILE]')
    .allowUnknownOption()
    .allowExcessArguments()
    // Runs only when options precede `emulator`, because `main` handles command lines that start with it.
    .action(() => {
      throw new UsageError('no option may precede the command emulator; use toklink emulator, followed by its own flags');
    });

  return root;
}
