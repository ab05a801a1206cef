import { UserError } from '../errors.ts';
import { fill, placeholdersIn } from '../release/placeholders.ts';
import type { ValueDescription } from '../release/release.ts';
import { setTomlValue } from '../toml/edit-toml.ts';
import { valueLiteral } from '../toml/value-text.ts';
import { siteValues } from '../values/site-values.ts';
import { parseDottedKey } from './dotted-key.ts';
import { findParameter, refuseUnreadable, requireParameter } from './find-parameter.ts';
import type { Config, PlanConfigInput } from './parameters.ts';
import type { Place } from './places.ts';
import { type ConfigPlan, type Edit, planEdits } from './plan-config.ts';

/** A random value of the release, with all that it stands in: the unit of a rotation, whatever keys it has. */
export interface RotatedSecret {
  readonly placeholder: string;
  readonly description: ValueDescription;
  /** How the operator names it: its first key, or its file where no key has it. */
  readonly name: string;
  readonly places: readonly Place[];
  /** Files that hold it and nothing else. */
  readonly files: readonly string[];
}

/** The random values of an installation, in the order of the release description. */
export function rotatedSecrets(input: PlanConfigInput, { parameters }: Config): RotatedSecret[] {
  const { release, files: templates } = input.templates;
  return Object.entries(release.values).flatMap(([placeholder, description]) => {
    if (!description.random) return [];
    const keys = parameters.filter(({ places }) => places.some((p) => has(p, placeholder)));
    const files = [...templates]
      .filter(([path, text]) => !path.endsWith('.toml') && text.trim() === `{${placeholder}}`)
      .map(([path]) => path);
    const name = keys[0]?.key ?? files[0]?.split('/').at(-1);
    if (name === undefined) return [];
    const places = keys.flatMap((key) => key.places).filter((place) => has(place, placeholder));
    return [{ placeholder, description, name, places, files }];
  });
}

function has({ template }: Place, placeholder: string): boolean {
  return typeof template === 'string' && placeholdersIn(template).includes(placeholder);
}

/**
 * The random value that a key, or the name of a file in backend/secrets/, stands for.
 * @throws UserError CONFIG_KEY_UNKNOWN, CONFIG_NOT_GENERATED; CONFIG_UNREADABLE
 */
export function requireRotated(
  input: PlanConfigInput,
  config: Config,
  text: string,
): RotatedSecret {
  const secrets = rotatedSecrets(input, config);
  const key = parseDottedKey(text);
  const parameter = key && findParameter(config, key);
  const found = secrets.find(
    ({ places, files }) =>
      files.some((path) => path === text || path.endsWith(`/${text}`)) ||
      places.some((place) => parameter?.places.includes(place)),
  );
  if (found !== undefined) {
    refuseUnreadable(found.places);
    return found;
  }
  const hint = `What the program made: ${secrets.map(({ name }) => name).join(', ')}.`;
  if (key === undefined) {
    throw new UserError('CONFIG_KEY_UNKNOWN', 'What was given is not a key.', { hint });
  }
  const { key: known } = parameter ?? requireParameter(config, key);
  throw new UserError('CONFIG_NOT_GENERATED', `${known} was not made by the program.`, {
    hint: `Get a new value where it comes from, then run \`proto-scaffold config set ${known}\`. ${hint}`,
  });
}

/** Puts a new value wherever the old one stands. What the operator took out, or made something else of, stays. */
export function planRotate(
  input: PlanConfigInput,
  { placeholder, name, places, files }: RotatedSecret,
  value: string,
): ConfigPlan {
  const put = (known: string) => (known === placeholder ? value : undefined);
  const edits = places.flatMap(({ file, path, template, current }): Edit[] => {
    if (current === undefined || typeof template !== 'string') return [];
    if (!fits(template, placeholder, current.value)) return [];
    const literal = valueLiteral(fill(template, put));
    const text = (text: string) => setTomlValue(text, path, literal);
    return [{ file, line: current.line, kind: 'set', text }];
  });
  const raw = files
    .filter((file) => input.current.has(file))
    .map((file): Edit => {
      const text = () => fill(input.templates.files.get(file) ?? '', put);
      return { file, kind: 'set', text };
    });
  return planEdits(input, 'config rotate', name, [...edits, ...raw]);
}

/** Is a value the template with something in the placeholder's place? */
function fits(template: string, placeholder: string, value: unknown): boolean {
  const [before = '', after = '', ...more] = template.split(`{${placeholder}}`);
  if (more.length > 0 || typeof value !== 'string') return false;
  return (
    value.length >= before.length + after.length &&
    value.startsWith(before) &&
    value.endsWith(after)
  );
}

/**
 * The texts of an earlier state in which a value has to stay the present one, since the database keeps it, too, and
 * does not go back with the files.
 * @param then the state's own base and texts
 * @param now the present texts
 * @returns those that have to be otherwise, by path
 */
export function withKeptSecrets(
  then: PlanConfigInput,
  config: Config,
  now: ReadonlyMap<string, string>,
): Map<string, string> {
  const present = siteValues(then.templates, now);
  const texts = new Map<string, string>();
  for (const secret of rotatedSecrets(then, config)) {
    const value = present.get(secret.placeholder);
    if (secret.description.rotation?.kept_by === undefined || value === undefined) continue;
    const current = new Map([...then.current, ...texts]);
    const { plan } = planRotate({ ...then, current }, secret, value);
    for (const { path, content } of plan.files) texts.set(path, content.reveal());
  }
  return texts;
}
