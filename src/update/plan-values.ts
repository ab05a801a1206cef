import { placeholdersIn, readBack } from '../release/placeholders.ts';
import type { TemplateSet } from '../release/release.ts';
import type { ValueFor } from '../render/render.ts';
import { parseToml } from '../toml/parse-toml.ts';
import { siteValues, standingTexts } from '../values/site-values.ts';

/** The files of an installation before an update, by path. */
interface Texts {
  readonly templates: TemplateSet;
  /** The last original render. */
  readonly base: ReadonlyMap<string, string>;
  readonly current: ReadonlyMap<string, string>;
  /** Generates a random secret for a placeholder that is new in the release. */
  readonly random: () => string;
}

/**
 * An existing key keeps the value that it was rendered with, so that it does not look like a change by the
 * vendor. A new key gets the value from the operator's current files.
 */
export function presentValues({ templates, base, current, random }: Texts): ValueFor {
  const rendered = siteValues(templates, base);
  const present = siteValues(templates, current);
  const made = new Map<string, string>();
  const inBase = new Map([...base].map(([file, text]) => [file, placesIn(templates, file, text)]));
  return (name, { file, key }) => {
    const description = templates.release.values[name];
    const places = inBase.get(file);
    if (places === 'unreadable') return rendered.get(name);
    const standing = places?.get(placeId(key, name));
    if (standing === 'unset') return undefined;
    if (standing !== undefined) return standing.value ?? rendered.get(name) ?? present.get(name);
    const value = present.get(name) ?? rendered.get(name) ?? description?.default;
    if (value !== undefined || description?.random !== true) return value;
    const fresh = made.get(name) ?? random();
    made.set(name, fresh);
    return fresh;
  };
}

/** What a placeholder of a template is in a rendered file. The value is absent if the text has another form now. */
type Place = 'unset' | { readonly value: string | undefined };

function placesIn(
  templates: TemplateSet,
  file: string,
  text: string,
): ReadonlyMap<string, Place> | 'unreadable' {
  if (file.endsWith('.toml') && !parseToml(text).ok) return 'unreadable';
  const places = new Map<string, Place>();
  for (const { key, template, text: standing } of standingTexts(templates, file, text)) {
    const values = readBack(template, standing);
    for (const name of placeholdersIn(template)) {
      const isUnset = placeholdersIn(standing).includes(name);
      places.set(placeId(key, name), isUnset ? 'unset' : { value: values?.get(name) });
    }
  }
  return places;
}

function placeId(key: readonly string[], name: string): string {
  return JSON.stringify([...key, name]);
}
