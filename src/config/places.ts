import { mountedFiles } from '../compose/mounted-files.ts';
import type { Fault } from '../errors.ts';
import { composeFile, configFolder } from '../release/layout.ts';
import { placeholdersIn } from '../release/placeholders.ts';
import {
  formOf,
  type ParameterForm,
  type Release,
  renamesOf,
  type TemplateSet,
} from '../release/release.ts';
import type { TomlDocument, TomlEntry, TomlPath } from '../toml/document.ts';
import { parseToml } from '../toml/parse-toml.ts';
import type { TomlValue } from '../toml/value.ts';
import { stringsIn } from '../toml/value-text.ts';
import { alignToml } from '../values/align-toml.ts';
import { namerOf } from './dotted-key.ts';

/** The files that contain parameters. All texts are by path in the installation. */
export interface ConfigInput {
  readonly templates: TemplateSet;
  /** The last pristine render. */
  readonly base: ReadonlyMap<string, string>;
  /** The files on disk, without deleted files. */
  readonly current: ReadonlyMap<string, string>;
}

/** A value in a file. */
export interface Standing {
  readonly value: TomlValue;
  /** Its bytes. */
  readonly literal: string;
  readonly line: number;
  readonly column: number;
  /** It contains a placeholder of the release. */
  readonly unset: boolean;
}

/** A file that has a parameter, or had it in the rendered release. */
export interface Place {
  readonly file: string;
  readonly names: readonly string[];
  /** Its path in the file; made of names if it is not there. */
  readonly path: TomlPath;
  /** The current value; absent if the operator removed it, or the file is not valid TOML. */
  readonly current?: Standing;
  /** The release's value; absent for an operator's own key. */
  readonly vendor?: Standing;
  /** The template's value, with its placeholders. */
  readonly template?: TomlValue;
  /** The form that the release gives it. */
  readonly form?: ParameterForm;
  /** The vendor's comments above it, each from its `#`. */
  readonly comments: readonly string[];
  /** Why the file cannot be read. */
  readonly fault?: Fault;
}

export interface Places {
  /** In the order of the services, then of the vendor's file. The operator's own keys come last. */
  readonly places: readonly Place[];
  /** The files that cannot be read, or were deleted. */
  readonly faults: readonly Fault[];
}

/**
 * Every key of every service's configuration. Only files of the release are read: a copy that
 * the operator saved next to them does not belong to a service.
 */
export function readPlaces(input: ConfigInput): Places {
  const faults: Fault[] = [];
  const places = configFiles(input).flatMap((file) => {
    const base = documentOf(input.base.get(file));
    const template = documentOf(input.templates.files.get(file));
    const text = input.current.get(file);
    if (text === undefined) {
      faults.push({ file, message: 'was deleted' });
      return [];
    }
    const parsed = parseToml(text);
    if (parsed.ok) return placesOf(file, base, parsed.document, template, input.templates.release);
    const { line, column, message } = parsed.fault;
    const fault = { file, line, column, message: `is not valid TOML: ${message}` };
    faults.push(fault);
    return placesOf(file, base, undefined, template, input.templates.release).map((place) => ({
      ...place,
      fault,
    }));
  });
  return { places, faults };
}

/**
 * The services' files, in the order in which the release describes the services. Those of a service that the release
 * dropped, and the operator's docker-compose.yml still has, come last.
 */
export function configFiles({ base, templates, current }: ConfigInput): string[] {
  const order = Object.values(templates.release.services).map(
    ({ config }) => `${configFolder}/${config}`,
  );
  const rank = (path: string) => (order.includes(path) ? order.indexOf(path) : order.length);
  const files = [...base.keys()].filter(
    (path) => path.startsWith(`${configFolder}/`) && path.endsWith('.toml'),
  );
  const dropped = files.filter((path) => !templates.files.has(path));
  const used =
    dropped.length === 0 ? [] : [...mountedFiles(current.get(composeFile) ?? '').values()].flat();
  return files
    .filter((path) => !dropped.includes(path) || used.includes(path))
    .sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
}

function documentOf(text: string | undefined): TomlDocument | undefined {
  const parsed = text === undefined ? undefined : parseToml(text);
  return parsed?.ok ? parsed.document : undefined;
}

function placesOf(
  file: string,
  base: TomlDocument | undefined,
  current: TomlDocument | undefined,
  template: TomlDocument | undefined,
  release: Release,
): Place[] {
  const vendors = entriesByName(base);
  const currents = entriesByName(current);
  const templates = templateEntries(template, base, renamesOf(file, release));
  return [...new Set([...vendors.keys(), ...currents.keys()])].map((id) => {
    const names = JSON.parse(id) as string[];
    const vendor = vendors.get(id);
    const entry = currents.get(id);
    const made = vendor && templates.get(vendor);
    const form = formOf(release, made?.path ?? entry?.path ?? names);
    return {
      file,
      names,
      path: entry?.path ?? names,
      ...(current && entry && { current: standing(current, entry, release) }),
      ...(base && vendor && { vendor: standing(base, vendor, release) }),
      ...(made && { template: made.value }),
      ...(form && { form }),
      comments: vendor?.comments ?? [],
    };
  });
}

/** The template's key for each key of the base. The template may be from a newer release, in which it has another name. */
function templateEntries(
  template: TomlDocument | undefined,
  base: TomlDocument | undefined,
  renames: ReturnType<typeof renamesOf>,
): Map<TomlEntry, TomlEntry> {
  if (template === undefined || base === undefined) return new Map();
  return new Map(
    alignToml(template.root, base.root, renames).flatMap(({ template, entry }) =>
      entry === undefined ? [] : [[entry, template] as const],
    ),
  );
}

/** The leaves of a file, by their names as one text. */
function entriesByName(document: TomlDocument | undefined): Map<string, TomlEntry> {
  if (document === undefined) return new Map();
  const namesOf = namerOf(document);
  return new Map(document.entries.map((entry) => [JSON.stringify(namesOf(entry.path)), entry]));
}

function standing(
  { text }: TomlDocument,
  { value, valueRange, line, column }: TomlEntry,
  { values }: Release,
): Standing {
  const unset = stringsIn(value)
    .flatMap(placeholdersIn)
    .some((name) => Object.hasOwn(values, name));
  return { value, literal: text.slice(valueRange.start, valueRange.end), line, column, unset };
}
