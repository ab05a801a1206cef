import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Context } from '../context.ts';
import { UserError } from '../errors.ts';
import { readText } from '../lib/fs/files.ts';
import { quoted } from '../lib/terminal/words.ts';
import { nginxFile } from '../release/layout.ts';
import { type NginxHost, reloadCommand, unknownLayout } from './gather-nginx.ts';
import { isInDump, type NginxVerdict, nginxDump, readVerdict } from './nginx.ts';
import { runNginx, runningNginx } from './nginx-program.ts';
import { copyHead, type HostStep, takeStep } from './site-copy.ts';

/**
 * Copies the site into nginx's configuration, lets nginx test all of it, and reloads it. If anything fails, the state
 * before comes back.
 * @param site absolute path of nginx/proto.conf, already with its new content
 * @throws UserError NGINX_SITE_INVALID, NGINX_FAILED, NGINX_LAYOUT_UNKNOWN; Interrupted
 */
export async function installNginx(
  context: Context,
  host: NginxHost,
  site: string,
): Promise<NginxVerdict> {
  await mustBeSound(context, host);
  const made: Made[] = [];
  try {
    for (const step of host.steps) made.unshift({ step, undo: await takeStep(step) });
    const verdict = await testAll(context, host, site);
    context.signal.throwIfAborted();
    if (host.running !== undefined) await reload(context, host);
    return verdict;
  } catch (error) {
    throw withOutcome(error, await undoAll(context, made));
  }
}

interface Made {
  readonly step: HostStep;
  readonly undo: () => Promise<void>;
}

/** Undoes all that it can, because the original failure matters more. @returns whether nothing is left */
async function undoAll(context: Context, made: readonly Made[]): Promise<boolean> {
  let left = 0;
  for (const { step, undo } of made) {
    await undo().catch((error: unknown) => {
      left++;
      const words = error instanceof Error ? error.message : String(error);
      context.reporter.notice(
        `Could not undo the ${step.kind}: ${words} To remove it, run: sudo rm ${quoted(step.path)}`,
      );
    });
  }
  return left === 0;
}

/** The failure, with what became of the links. */
function withOutcome(error: unknown, restored: boolean): unknown {
  if (!(error instanceof UserError)) return error;
  const { code, hint, faults, cause } = error;
  const outcome = restored
    ? 'The previous state was restored.'
    : 'The previous state could not be restored completely.';
  return new UserError(code, `${error.message} ${outcome}`, {
    hint,
    faults,
    cause,
    ...(!restored && { left: 'half done' as const }),
  });
}

/** Distinguishes an nginx that was already broken from one that the site breaks. */
async function mustBeSound(context: Context, { installed }: NginxHost): Promise<void> {
  // If nginx already includes the site, the site may be what is being fixed.
  if (installed) return;
  const { exitCode, stderr } = await runNginx(context, nginxDump);
  const { ok, faults } = readVerdict(exitCode, stderr, new Map());
  if (ok) return;
  const message =
    "This host's nginx configuration is already invalid without the site. Nothing was changed.";
  const own = faults.map((fault) =>
    fault.file === nginxFile ? { ...fault, file: 'nginx' } : fault,
  );
  throw new UserError('NGINX_FAILED', message, { faults: own });
}

async function testAll(context: Context, host: NginxHost, site: string): Promise<NginxVerdict> {
  const { exitCode, stdout, stderr } = await runNginx(context, nginxDump);
  const names = new Map([[host.enabled, { file: nginxFile, above: copyHead }]]);
  const verdict = readVerdict(exitCode, stderr, names);
  if (!verdict.ok) {
    const message = 'nginx rejected the site together with the rest of its configuration.';
    throw new UserError('NGINX_SITE_INVALID', message, { faults: verdict.faults });
  }
  if (isInDump(stdout, host.enabled)) return verdict;
  const message = `${host.build.conf} does not include the files in ${dirname(host.enabled)}.`;
  throw unknownLayout(message, host.build, site);
}

/** How long nginx may take to start new workers, in milliseconds. */
const patience = 10_000;

/** `nginx -s reload` succeeds when the signal is sent. New workers show that the configuration was loaded. */
async function reload(context: Context, host: NginxHost): Promise<void> {
  const command = reloadCommand(host);
  const before = (await runningNginx(host.pidFile))?.workers ?? [];
  // Not interruptible: afterwards it would be unknown which configuration nginx uses.
  const { exitCode, stderr } = await runNginx(context, command, false);
  const words = [command.program, ...command.args].join(' ');
  if (exitCode !== 0) throw nginxFailed(`\`${words}\` failed.`, [stderr]);
  for (const end = Date.now() + patience; Date.now() < end; await sleep(50)) {
    const now = await runningNginx(host.pidFile);
    if (now?.workers.some((worker) => !before.includes(worker))) return;
  }
  const { errorLog } = host;
  const log = errorLog && (await readText(errorLog).catch(() => undefined));
  // After five attempts it only reports "still could not bind".
  const last = (log ?? '')
    .split('\n')
    .filter((line) => /\[emerg\]/.test(line) && !/still could not bind/.test(line));
  const message = `nginx kept its old configuration. See ${errorLog ?? 'its log'} for the reason.`;
  throw nginxFailed(message, lastAttempt(last));
}

/** The lines of the last attempt: with several addresses, nginx names each that it cannot listen on, and tries again. */
function lastAttempt(lines: readonly string[]): string[] {
  const found = new Map<string, string>();
  for (const line of lines.toReversed()) {
    const words = line.replace(/^.*?\[emerg\] /, '').replace(/^\d+#\d+: /, '');
    if (found.has(words) || (found.size > 0 && !words.startsWith('bind()'))) break;
    found.set(words, line);
  }
  return [...found.values()].reverse();
}

function nginxFailed(message: string, said: readonly string[]): UserError {
  const faults = said
    .filter((line) => line.trim() !== '')
    .map((line) => ({ file: 'nginx', message: line.trim().slice(-500) }));
  return new UserError('NGINX_FAILED', message, { faults });
}
