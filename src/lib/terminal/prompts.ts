import { PassThrough } from 'node:stream';
import { Interrupted, UserError } from '../../errors.ts';
import { visible } from '../../visible.ts';

/** Questions on a terminal. The caller decides what to ask; this module only asks. */

export interface Question {
  readonly message: string;
  /** Shown grey in the empty field. */
  readonly example?: string;
  readonly choices?: readonly string[];
  readonly preset?: string;
  readonly hidden: boolean;
  /** What is wrong with an answer, or `undefined`. Not called for an empty answer. */
  readonly fault: (answer: string) => string | undefined;
}

/**
 * @returns the answer without surrounding white space, which pasting may add; empty if the question was skipped
 * @throws Interrupted on Ctrl-C, or if `signal` aborts
 * @throws UserError CANCELLED on Ctrl-D, or if the input ends
 */
export async function ask(question: Question, signal: AbortSignal): Promise<string> {
  const clack = await import('./terminal-prompts.ts');
  using input = new Keys();
  const stop = AbortSignal.any([signal, input.ended]);
  const common = {
    message: visible(question.message),
    signal: stop,
    input,
    output: process.stderr,
  };
  const validate = (answer = '') =>
    answer.trim() === '' ? undefined : question.fault(answer.trim());
  const answer =
    question.choices !== undefined
      ? await clack.select({
          ...common,
          options: [
            ...question.choices.map((value) => ({ value, label: visible(value) })),
            { value: '', label: 'Set later' },
          ],
          ...(question.preset === undefined ? {} : { initialValue: question.preset }),
        })
      : question.hidden
        ? await clack.password({ ...common, validate })
        : await clack.text({
            ...common,
            validate,
            ...(question.example === undefined
              ? {}
              : { placeholder: visible(`for example ${question.example}`) }),
          });
  if (clack.isCancel(answer)) throw interruption(stop);
  return (answer ?? '').trim();
}

/** Asks yes or no. @param preset the answer for Enter @throws Interrupted as `ask` does */
export async function confirm(
  message: string,
  signal: AbortSignal,
  preset = true,
): Promise<boolean> {
  const clack = await import('./terminal-prompts.ts');
  using input = new Keys();
  const stop = AbortSignal.any([signal, input.ended]);
  const options = {
    message: visible(message),
    signal: stop,
    initialValue: preset,
    input,
    output: process.stderr,
  };
  const answer = await clack.confirm(options);
  if (clack.isCancel(answer)) throw interruption(stop);
  return answer;
}

/** Ctrl-C at a question is a key, not a signal. */
function interruption({ aborted, reason }: AbortSignal): unknown {
  return aborted ? reason : new Interrupted('SIGINT');
}

/**
 * The keys of the terminal during a question. At Ctrl-D, at the end of the input, and after Ctrl-Z and `fg`, readline
 * stops reading without a word: with nothing left to wait for, the program would end as if it had succeeded. A terminal
 * that is gone fails at each call, which readline does not expect of its input; of stdin, it is expected here.
 */
class Keys extends PassThrough implements Disposable {
  readonly isTTY = true;
  readonly #stop = new AbortController();
  /** Aborts with UserError CANCELLED as its reason. */
  readonly ended = this.#stop.signal;

  constructor() {
    super();
    const { stdin } = process;
    let suspended = false;
    this.on('keypress', (_, { ctrl, name }: { ctrl?: boolean; name?: string }) => {
      if (ctrl && name === 'd') this.#end();
      suspended = ctrl === true && name === 'z';
    });
    this.on('pause', () => suspended && this.resume());
    if (stdin.readableEnded || stdin.destroyed) this.#end();
    stdin.on('end', this.#end).on('error', this.#end).pipe(this);
  }

  setRawMode(raw: boolean): void {
    process.stdin.setRawMode(raw);
  }

  readonly #end = () => {
    const message = 'The input ended before the question was answered.';
    // Later: the key goes to clack, too, which would draw the question once more after its end.
    setImmediate(() => this.#stop.abort(new UserError('CANCELLED', message)));
  };

  [Symbol.dispose](): void {
    const { stdin } = process;
    stdin.unpipe(this).pause();
    stdin.off('end', this.#end).off('error', this.#end);
  }
}
