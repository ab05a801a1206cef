import { mergeToml } from './merge-toml.ts';
import { stops } from './result.ts';

/** A first line that only editors read, with the blank line below it (render/toml-schema.ts). */
const directive = /^#:schema [^\r\n]*\r?\n(?:\r?\n)?/;

/**
 * Merges TOML like `mergeToml`. If the vendor's file gains a directive, it is added at the top of the operator's file,
 * above any comments there and separate from them, because editors only look for it at the top.
 */
export const mergeTomlFile: typeof mergeToml = (base, current, incoming, options) => {
  const [brought = ''] = directive.exec(incoming) ?? [];
  if (brought === '' || directive.test(base)) return mergeToml(base, current, incoming, options);
  const merged = mergeToml(base, current, incoming.slice(brought.length), options);
  const mark = current.startsWith('\ufeff') ? 1 : 0;
  if (merged.kind !== 'merged' || directive.test(current.slice(mark))) return merged;
  const eol = /\r?\n/.exec(current)?.[0] ?? '\n';
  const lines = brought.replace(/\r?\n/g, eol);
  const { text, changes } = merged;
  const added = stops(changes, options) ? 0 : lines.split('\n').length - 1;
  return {
    ...merged,
    text: text.slice(0, mark) + lines + text.slice(mark),
    changes: changes.map((change) =>
      change.line === undefined ? change : { ...change, line: change.line + added },
    ),
  };
};
