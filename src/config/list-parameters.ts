import { kindOf, valueData, valueLiteral } from '../toml/value-text.ts';
import type { Parameter } from './parameters.ts';
import type { Place } from './places.ts';

/** Shown for a secret that is set. Always the same length, so that it reveals nothing. */
const hidden = '••••••';
const widest = 48;

/** `unset`: used parameters that are not set yet; `changed`: parameters that differ from the release. */
export interface Choice {
  readonly unset: boolean;
  readonly changed: boolean;
}

/** The parameters that match one of the filters; without a filter, all readable parameters. */
export function chosenParameters(parameters: readonly Parameter[], choice: Choice): Parameter[] {
  return parameters.filter((parameter) => {
    if (readable(parameter).length === 0) return false;
    if (!choice.unset && !choice.changed) return true;
    const { states, onlyWith } = parameter;
    const changed = states.has('changed') || states.has('removed') || states.has('own');
    return (
      (choice.unset && states.has('unset') && onlyWith.length === 0) || (choice.changed && changed)
    );
  });
}

/** One line per parameter, a blank line between tables; if files differ, one more line for each. */
export function parameterLines(parameters: readonly Parameter[]): string[] {
  const rows = parameters.map((parameter) => [
    parameter.key,
    valueColumn(parameter),
    wordsFor(parameter).join(', '),
  ]);
  const width = (column: number) =>
    Math.min(widest, Math.max(0, ...rows.map((row) => row[column]?.length ?? 0)));
  const [keys, values] = [width(0), width(1)];
  return parameters.flatMap((parameter, index) => {
    const [key = '', value = '', words = ''] = rows[index] ?? [];
    const before = parameters[index - 1];
    const blank = before !== undefined && sectionOf(before) !== sectionOf(parameter) ? [''] : [];
    const line = `${key.padEnd(keys)}  ${value.padEnd(values)}  ${words}`.trimEnd();
    return [...blank, line, ...(parameter.varies ? placeLines(parameter) : [])];
  });
}

function sectionOf({ names }: Parameter): string | undefined {
  return names.length === 1 ? undefined : names[0];
}

function readable({ places }: Parameter): Place[] {
  return places.filter(({ fault }) => fault === undefined);
}

function valueColumn(parameter: Parameter): string {
  if (parameter.varies) return '';
  const standing = readable(parameter).find(({ current }) => current)?.current;
  return standing === undefined ? '' : shownValue(parameter, standing);
}

/** A value for people: without secrets, shortened to part of a line, without control characters. */
function shownValue(
  { secret }: Parameter,
  { value, unset }: NonNullable<Place['current']>,
): string {
  if (unset) return 'not set';
  if (secret) return hidden;
  const text = valueLiteral(value);
  return text.length <= widest ? text : `${text.slice(0, widest - 1)}…`;
}

function placeLines(parameter: Parameter): string[] {
  const places = readable(parameter).map(({ file, current }) => ({
    at: current ? `${file}:${current.line}` : file,
    value: current ? shownValue(parameter, current) : 'removed',
  }));
  const width = Math.max(...places.map(({ at }) => at.length));
  return places.map(({ at, value }) => `    ${at.padEnd(width)}  ${value}`);
}

/** Remarks about a parameter, the most important first; empty if it matches the release. */
function wordsFor(parameter: Parameter): string[] {
  const { states, secret, onlyWith, mandatory } = parameter;
  const words: string[] = [];
  if (states.has('differs')) words.push('differs between files');
  if (states.has('unset')) {
    if (onlyWith.length === 0) words.push(mandatory ? 'mandatory' : 'optional');
    else
      words.push(`only with ${onlyWith.map(({ key, value }) => `${key} = "${value}"`).join(', ')}`);
  }
  const change = states.has('changed') ? changeWords(parameter) : undefined;
  if (secret && !states.has('unset') && change !== setByYou) words.push('set');
  if (states.has('own')) words.push('your own key');
  if (change !== undefined) words.push(change);
  if (states.has('removed')) words.push('removed by you');
  return words;
}

const setByYou = 'set by you';

function changeWords(parameter: Parameter): string {
  const vendor = readable(parameter).find((place) => place.vendor)?.vendor;
  if (vendor === undefined || vendor.unset) return setByYou;
  return parameter.secret
    ? 'changed by you'
    : `changed by you (release: ${shownValue(parameter, vendor)})`;
}

/** A parameter for JSON. For a secret, only whether it is set, never its value. */
export function parameterData(parameter: Parameter): object {
  const { key, secret, generated, mandatory, onlyWith, states, comment } = parameter;
  const sample = readable(parameter).flatMap(({ vendor, current }) => vendor ?? current ?? [])[0];
  return {
    key,
    states: [...states],
    ...(sample && { type: kindOf(sample.value) }),
    secret,
    generated,
    mandatory,
    onlyWith,
    comment: comment.join('\n'),
    files: readable(parameter).map((place) => placeData(place, secret)),
  };
}

function placeData({ file, current, vendor }: Place, secret: boolean): object {
  return {
    file,
    ...(current && { line: current.line, set: !current.unset }),
    ...(current && !secret && { value: valueData(current.value) }),
    ...(vendor && !secret && { release: valueData(vendor.value) }),
  };
}
