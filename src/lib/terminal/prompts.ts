import { Interrupted } from '../../errors.ts';

/** Questions on a terminal. What is asked and why stands in the caller; here is only how. */

export interface Question {
  readonly message: string;
  /** Shown grey in the empty field. */
  readonly example?: string;
  readonly choices?: readonly string[];
  readonly preset?: string;
  readonly hidden: boolean;
  /** What is wrong with an answer, or `undefined`. Not asked for an empty one. */
  readonly fault: (answer: string) => string | undefined;
}

/**
 * @returns the answer without white space around it, which pasting brings along; an empty one means skipped
 * @throws Interrupted at Ctrl-C, or where `signal` aborts
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
  if (clack.isCancel(answer)) throw new Interrupted('SIGINT');
  return (answer ?? '').trim();
}

/** A yes or no. @param preset what a bare Enter means @throws Interrupted as `ask` does */
export async function confirm(
  message: string,
  signal: AbortSignal,
  preset = true,
): Promise<boolean> {
  const clack = await import('./terminal-prompts.ts');
  const options = { message, signal, initialValue: preset, output: process.stderr };
  const answer = await clack.confirm(options);
  if (clack.isCancel(answer)) throw new Interrupted('SIGINT');
  return answer;
}
