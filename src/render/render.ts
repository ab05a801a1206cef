import { renderHba } from '../compose/pg-hba.ts';
import { type ImageReference, renderCompose } from '../compose/render-compose.ts';
import { UserError } from '../errors.ts';
import { renderNginx, type Site } from '../nginx/render-nginx.ts';
import { isOwnCertificate } from '../nginx/site-certificate.ts';
import type { Hosting } from '../release/hosting.ts';
import { composeFile, hbaFile, nginxFile, secretsFolder } from '../release/layout.ts';
import { fill, placeholdersIn } from '../release/placeholders.ts';
import { type Release, type TemplateSet, templatesFor } from '../release/release.ts';
import { Secret } from '../secret.ts';
import { applies, revealValue, type Values } from '../values/values.ts';
import { renderToml, type UnsetPlaceholder, unsetInToml } from './render-toml.ts';
import { schemaPath, tomlSchema } from './toml-schema.ts';

/**
 * The text for a placeholder, or `undefined` to keep the placeholder.
 * @param key the TOML key that contains it; empty in a file that is not TOML
 */
export type ValueFor = (
  name: string,
  place: { readonly file: string; readonly key: readonly string[] },
) => string | undefined;

/** Uses the same value for every occurrence of a placeholder. */
export function everywhere(values: Values): ValueFor {
  return (name) => revealValue(values.get(name));
}

export interface RenderInput {
  readonly templates: TemplateSet;
  readonly hosting: Hosting;
  readonly valueFor: ValueFor;
  /** By service. */
  readonly images: ReadonlyMap<string, ImageReference>;
  /** Of the installation, which its networks carry as a label. */
  readonly identity: string;
  readonly project: string;
  readonly foreignNetworks?: ReadonlySet<string>;
  readonly published?: ReadonlySet<string>;
  readonly group: number;
  readonly site: Site;
}

/** A file of an installation: its path there, and its text, which may contain secrets. */
export interface RenderedFile {
  readonly path: string;
  readonly content: Secret;
  /** The placeholders in it, if it was rendered from a TOML template. */
  readonly open?: readonly UnsetPlaceholder[];
}

/**
 * Renders every file of an installation from the template set: same input, same bytes.
 * @returns the files in the order of their paths
 * @throws UserError TEMPLATES_INVALID
 */
export function renderInstallation(input: RenderInput): RenderedFile[] {
  const { hosting, site, valueFor } = input;
  const templates = templatesFor(input.templates, hosting);
  const { release, files: texts } = templates;
  const files: RenderedFile[] = [...texts]
    .filter(([path, text]) => !isLeftOut(path, text, release, valueFor))
    .map(([path, text]) => renderTemplate(path, text, valueFor, templates));
  for (const [path, text] of schemas(templates)) files.push({ path, content: new Secret(text) });
  const certificate = isOwnCertificate(site) ? undefined : site.certificate;
  const rendered = {
    [composeFile]: renderCompose({ ...input, release, certificate }),
    [hbaFile]: renderHba(release, hosting, site.allowed ?? []),
    [nginxFile]: renderNginx({ release, hosting, site }),
  };
  for (const [path, text] of Object.entries(rendered)) {
    if (text !== undefined) files.push({ path, content: new Secret(text) });
  }
  return files.sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** The schemas for editors of an installation's TOML files. They are built from templates only, so they contain no values. */
function schemas({ files, release, schemas }: TemplateSet): [string, string][] {
  return [...files].flatMap(([path, text]): [string, string][] => {
    const place = path.endsWith('.toml') ? schemaPath(path, text) : undefined;
    const schema = place && (schemas?.get(path) ?? tomlSchema(path, text, release));
    return schema ? [[place, schema]] : [];
  });
}

/** A part of the own certificate exists only if it was generated. Its placeholder is never filled in by hand. */
function isLeftOut(path: string, text: string, { values }: Release, valueFor: ValueFor): boolean {
  return placeholdersIn(text).some(
    (name) =>
      values[name]?.made !== undefined && valueFor(name, { file: path, key: [] }) === undefined,
  );
}

function renderTemplate(
  path: string,
  text: string,
  valueFor: ValueFor,
  { known }: TemplateSet,
): RenderedFile {
  if (path.endsWith('.toml')) {
    const valueAt = (name: string, key: readonly string[]) => valueFor(name, { file: path, key });
    const rendered = renderToml(text, path, valueAt, known?.get(path));
    return { path, content: new Secret(rendered.text), open: rendered.open };
  }
  // A secret's file contains only its value: there is no structure that the value could change.
  if (path.startsWith(`${secretsFolder}/`)) {
    const filled = fill(text, (name) => valueFor(name, { file: path, key: [] }));
    return { path, content: new Secret(filled) };
  }
  const faults = text.split('\n').flatMap((line, index) =>
    placeholdersIn(line).map((name) => ({
      file: path,
      line: index + 1,
      message: `{${name}} is in a format into which values cannot be inserted safely`,
    })),
  );
  if (faults.length === 0) return { path, content: new Secret(text) };
  throw new UserError('TEMPLATES_INVALID', `The template ${path} cannot contain placeholders.`, {
    faults,
    hint: `Move them to a .toml file, or to a separate file in ${secretsFolder}/.`,
  });
}

/** The placeholders left in rendered files, and whether they are mandatory. */
export interface Unset extends UnsetPlaceholder {
  readonly mandatory: boolean;
  readonly about: string;
}

/**
 * What the operator still has to fill in, in the order of files and lines. Placeholders that this
 * installation does not use (Azure's, if OpenAI was chosen) are excluded.
 * @param values decide which placeholders are used
 * @param given placeholders with a value: if one still occurs, it is part of that value
 */
export function unsetPlaceholders(
  files: readonly RenderedFile[],
  release: Release,
  values: Values,
  given: ReadonlySet<string> = new Set(),
): Unset[] {
  const known = release.values;
  const isOpen = (name: string) => Object.hasOwn(known, name) && !given.has(name);
  return files
    .filter((file) => file.path.endsWith('.toml'))
    .flatMap(({ path, content, open }) => open ?? unsetInToml(content.reveal(), path))
    .filter(({ placeholder }) => isOpen(placeholder))
    .flatMap((unset) => {
      const description = known[unset.placeholder];
      if (description === undefined || !applies(description, values)) return [];
      return [{ ...unset, mandatory: description.mandatory, about: description.about }];
    });
}
