import type { Context } from '../context.ts';
import { UserError } from '../errors.ts';
import { ask } from '../lib/terminal/prompts.ts';
import type { TomlValue } from '../toml/value.ts';
import { isSecret } from '../values/secret-texts.ts';
import { acceptValue, doubtOfValue, newValue } from './accept-value.ts';
import { keyOf, type Target } from './target.ts';

export interface NewValueOptions {
  /** From the command line. */
  readonly given?: string | undefined;
  /** The text is TOML. */
  readonly literal: boolean;
}

/**
 * The new value of a parameter: from the command line, unless it is a secret; from a prompt on a terminal, hidden for a
 * secret; otherwise from stdin (see `pipedValue`).
 * @throws UserError CONFIG_SECRET_IN_ARGUMENTS, CONFIG_VALUE_INVALID, CANCELLED; USAGE if there is none
 */
export async function readNewValue(
  context: Context,
  target: Target,
  { given, literal }: NewValueOptions,
): Promise<TomlValue> {
  const accept = (text: string) =>
    target.kind === 'parameter'
      ? acceptValue(text, target.parameter, literal)
      : newValue(text, literal, target.form);
  const secret = (text: string) => isSecretTarget(target, text, literal);
  if (given !== undefined && secret(given)) refuseSecretArgument(context, target, given);
  const text = given ?? (await askedOrRead(context, target, accept, secret('')));
  if (secret(text)) context.reporter.protect(text);
  const accepted = accept(text);
  if (accepted.ok) {
    const doubt = target.kind === 'parameter' && doubtOfValue(accepted.value, target.parameter);
    if (doubt) context.reporter.notice(`${keyOf(target)} ${doubt}. It is set nevertheless.`);
    return accepted.value;
  }
  throw new UserError('CONFIG_VALUE_INVALID', `${keyOf(target)} ${accepted.message}.`);
}

function refuseSecretArgument({ reporter }: Context, target: Target, given: string): never {
  reporter.protect(given);
  const key = keyOf(target);
  throw new UserError(
    'CONFIG_SECRET_IN_ARGUMENTS',
    `${key} is a secret. Do not pass it on the command line.`,
    {
      hint: `Omit the value to be prompted for it, or pipe it in: printf %s "$VALUE" | proto-scaffold config set ${key}. Other users could see what you typed. Your shell has saved it, so remove it from the history.`,
    },
  );
}

/** Whether it is a secret, by its key or by the new text. A number or a boolean is not a secret, whatever its key. */
function isSecretTarget(target: Target, text: string, literal: boolean): boolean {
  if (target.kind === 'new') return isSecret(target.names, [text], []);
  const { secret, names, placeholders, places } = target.parameter;
  const accepted = acceptValue(text, target.parameter, literal);
  // A text that does not fit is judged as what it should have been: "abc" for a number of minutes is not a secret.
  const model = places.find(({ vendor }) => vendor)?.vendor?.value ?? text;
  const typed = text === '' ? [] : [typeof model === 'string' ? text : model];
  return (
    secret ||
    isSecret(
      names,
      accepted.ok ? [accepted.value] : typed,
      placeholders.map(([, description]) => description),
    )
  );
}

async function askedOrRead(
  context: Context,
  target: Target,
  accept: (text: string) => ReturnType<typeof acceptValue>,
  hidden: boolean,
): Promise<string> {
  if (context.interactive) return asked(context, target, accept, hidden);
  const key = keyOf(target);
  const none = (message: string) =>
    new UserError('USAGE', message, {
      hint: `Pipe it in: printf %s "$VALUE" | proto-scaffold config set ${key}`,
    });
  const stdin = context.stdin();
  if (stdin.isTTY)
    throw none(`No value was given for ${key}, and proto-scaffold cannot prompt for one.`);
  context.reporter.step(`Reading the value of ${key} from stdin`);
  const text = pipedValue(await readToEnd(stdin, context.signal));
  if (text === '') throw none(`No value was given for ${key}: stdin is empty.`);
  return text;
}

/**
 * The value in a piped text. One line is trimmed, as an answer to a prompt is: the blanks of a copied key are not a part of
 * it. Several lines are kept as they are, without one final line end.
 */
function pipedValue(text: string): string {
  const trimmed = text.trim();
  return /[\r\n]/.test(trimmed) || /[\u2028\u2029]/.test(text)
    ? text.replace(/\r?\n$/, '')
    : trimmed;
}

async function asked(
  context: Context,
  target: Target,
  accept: (text: string) => ReturnType<typeof acceptValue>,
  hidden: boolean,
): Promise<string> {
  const key = keyOf(target);
  const parameter = target.kind === 'parameter' ? target.parameter : undefined;
  for (const line of parameter?.comment ?? []) context.reporter.step(line);
  const [description] = (parameter?.placeholders ?? []).map(([, described]) => described);
  const choices = description?.choices ?? parameter?.places.find(({ form }) => form)?.form?.choices;
  const answer = await ask(
    {
      message: key,
      hidden,
      ...(description?.example !== undefined && { example: description.example }),
      ...(choices !== undefined && { choices }),
      fault(text) {
        const accepted = accept(text);
        return accepted.ok ? undefined : `The value ${accepted.message}.`;
      },
    },
    context.signal,
  );
  if (answer !== '') return answer;
  throw new UserError('CANCELLED', 'No value was given.');
}

/** In bytes. Far above any value, including a certificate chain. Longer input is a mistake. */
const longest = 16 * 1024;

/**
 * Reads a stream to its end, as UTF-8.
 * @throws UserError USAGE if it is not text, or too long
 */
export async function readToEnd(
  stream: NodeJS.ReadableStream,
  signal: AbortSignal,
): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  const stop = () => (stream as NodeJS.ReadStream).destroy();
  signal.addEventListener('abort', stop, { once: true });
  try {
    for await (const chunk of stream) {
      const bytes = Buffer.from(chunk);
      size += bytes.length;
      if (size > longest) throw new UserError('USAGE', 'The piped input is too long for a value.');
      chunks.push(bytes);
    }
    signal.throwIfAborted();
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.concat(chunks));
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof TypeError)
      throw new UserError('USAGE', 'The piped input is not UTF-8 text.');
    throw error;
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
