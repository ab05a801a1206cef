import { mergeToml } from './merge-toml.ts';

/** A first line that is for editors alone, with the blank line below it (render/toml-schema.ts). */
const directive = /^#:schema [^\r\n]*\r?\n(?:\r?\n)?/;

/**
 * Merges TOML as `mergeToml` does. A directive that the vendor's file has anew comes to the head of the operator's file,
 * whatever words of his stand there, and is none of them: editors look for it before all else.
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
  const added = lines.split('\n').length - 1;
  return {
    ...merged,
    text: text.slice(0, mark) + lines + text.slice(mark),
    changes: changes.map((change) =>
      change.line === undefined ? change : { ...change, line: change.line + added },
    ),
  };
};
