import type { Context } from '../context.ts';
import { ask } from '../lib/terminal/prompts.ts';
import { valueName } from '../release/placeholders.ts';
import type { Release } from '../release/release.ts';
import { Secret } from '../secret.ts';
import { applies, checkValue, lonely, type Values, withDefaults } from './values.ts';

/** Prompts for missing values. Every question can be skipped. Without a terminal, it does not prompt. */
export async function askValues(
  context: Context,
  release: Release,
  given: Values,
): Promise<Values> {
  const values = new Map(given);
  if (!context.interactive) return values;
  const open = () =>
    Object.entries(release.values).filter(
      ([name, description]) => description.ask !== undefined && !values.has(name),
    );
  if (open().length > 0) {
    context.reporter.question('Some values are not set yet. Press Enter to skip one for now.');
  }
  for (const [name, description] of open()) {
    // One by one, because an answer decides which later questions apply.
    if (!applies(description, withDefaults(release, values))) continue;
    if (description.with !== undefined && !values.has(description.with)) continue;
    const answer = await ask(
      {
        message: description.ask ?? name,
        hidden: description.secret,
        ...(description.example === undefined ? {} : { example: description.example }),
        ...(description.choices === undefined ? {} : { choices: description.choices }),
        ...(description.default === undefined ? {} : { preset: description.default }),
        fault(text) {
          const checked = checkValue(text, description);
          return checked.ok ? undefined : `The value ${checked.message}.`;
        },
      },
      context.signal,
    );
    const checked = answer === '' ? undefined : checkValue(answer, description);
    if (checked?.ok !== true) continue;
    values.set(name, checked.value);
    if (checked.value instanceof Secret) context.reporter.protect(checked.value.reveal());
  }
  for (const [name, missing] of lonely(release, values)) {
    values.delete(name);
    context.reporter.notice(`Skipped ${valueName(name)}: it needs ${valueName(missing)}.`);
  }
  return values;
}
