import { Interrupted } from '../../errors.ts';

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
 */
export async function ask(question: Question, signal: AbortSignal): Promise<string> {
  const clack = await import('./terminal-prompts.ts');
  const common = { message: question.message, signal, output: process.stderr };
  const validate = (answer = '') =>
    answer.trim() === '' ? undefined : question.fault(answer.trim());
  const answer =
    question.choices !== undefined
      ? await clack.select({
          ...common,
          options: [
            ...question.choices.map((value) => ({ value })),
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
              : { placeholder: `for example ${question.example}` }),
          });
  if (clack.isCancel(answer)) throw interruption(signal);
  return (answer ?? '').trim();
}

/** Asks yes or no. @param preset the answer for Enter @throws Interrupted as `ask` does */
export async function confirm(
  message: string,
  signal: AbortSignal,
  preset = true,
): Promise<boolean> {
  const clack = await import('./terminal-prompts.ts');
  const options = { message, signal, initialValue: preset, output: process.stderr };
  const answer = await clack.confirm(options);
  if (clack.isCancel(answer)) throw interruption(signal);
  return answer;
}

/** Ctrl-C at a question is a key, not a signal. */
function interruption({ aborted, reason }: AbortSignal): unknown {
  return aborted ? reason : new Interrupted('SIGINT');
}
