import { fill } from '../release/placeholders.ts';
import { stringsIn } from '../toml/value-text.ts';
import { siteValues } from '../values/site-values.ts';
import type { Config, Parameter } from './parameters.ts';
import type { ConfigInput } from './places.ts';

/**
 * Where the previous value of a parameter is still in use: the release uses one placeholder (the host name) in
 * several keys and files, and one of them is changed now.
 * @param now the table of parameters after the change
 * @param after the texts after the change
 * @returns keys, and paths of files that are not TOML
 */
export function leftBehind(
  input: ConfigInput,
  now: Config,
  after: ReadonlyMap<string, string>,
  key: string,
): string[] {
  const changed = now.parameters.find((parameter) => parameter.key === key);
  const former = siteValues(input.templates, input.current);
  return (changed?.placeholders ?? []).flatMap(([name]) => {
    const value = former.get(name);
    if (changed === undefined || value === undefined || keeps(changed, name, value)) return [];
    const keys = now.parameters
      .filter((other) => keeps(other, name, value))
      .map((other) => other.key);
    return [...keys, ...filesThatKeep(input, after, name, value)];
  });
}

/** Whether a placeholder is filled with that value in one of the files. */
function keeps({ places }: Parameter, name: string, value: string): boolean {
  return places.some(({ template, current }) => {
    if (template === undefined || current === undefined) return false;
    const standing = new Set(stringsIn(current.value));
    return filled(stringsIn(template), name, value).some((text) => standing.has(text));
  });
}

function filesThatKeep(
  { templates }: ConfigInput,
  after: ReadonlyMap<string, string>,
  name: string,
  value: string,
): string[] {
  return [...templates.files].flatMap(([path, template]) => {
    if (path.endsWith('.toml')) return [];
    const standing = new Set((after.get(path) ?? '').split('\n'));
    const lines = filled(template.split('\n'), name, value);
    return lines.some((line) => standing.has(line)) ? [path] : [];
  });
}

/** The texts that contain the placeholder, with the value filled in. */
function filled(texts: readonly string[], name: string, value: string): string[] {
  return texts
    .filter((text) => text.includes(`{${name}}`))
    .map((text) => fill(text, (known) => (known === name ? value : undefined)));
}
