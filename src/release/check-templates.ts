import { type Fault, UserError } from '../errors.ts';
import { configFolder, hbaFile, secretsFolder } from './layout.ts';
import type { TemplateSet } from './release.ts';

/**
 * What must hold of the files of a template set beside release.yml. A release can come from a registry, so a template gets no path where
 * it would be taken for something else, such as a state file, the operator's override, or the copy of a conflict.
 */

/** Rendered from templates that are put into each installation under the same path. */
const settingsTemplate = 'proto.toml';

/** Of the name of an entry in a plain tar archive. */
const longestPath = 100;

export const templateLimits = {
  files: 200,
  bytes: 8 * 1024 * 1024,
  bytesOfFile: 1024 * 1024,
} as const;

/** @returns every fault, with the path of its file */
export function templateFaults({ release, files }: TemplateSet): Fault[] {
  const faults: Fault[] = [];
  const services = Object.keys(release.services);
  const byFoldedPath = new Map<string, string>();
  let bytes = 0;
  for (const [path, text] of files) {
    const message = pathFault(path, services);
    if (message !== undefined) faults.push({ file: path, message });
    const other = byFoldedPath.get(path.toLowerCase());
    if (other !== undefined) {
      faults.push({ file: path, message: `differs from ${other} in upper and lower case only` });
    }
    byFoldedPath.set(path.toLowerCase(), path);
    const size = Buffer.byteLength(text);
    bytes += size;
    if (size > templateLimits.bytesOfFile) {
      faults.push({ file: path, message: `has more than ${templateLimits.bytesOfFile} bytes` });
    }
  }
  if (files.size > templateLimits.files) {
    faults.push({ file: '.', message: `has more than ${templateLimits.files} templates` });
  }
  if (bytes > templateLimits.bytes) {
    faults.push({ file: '.', message: `has more than ${templateLimits.bytes} bytes of templates` });
  }
  return [...faults, ...missingTemplates({ release, files })];
}

function pathFault(path: string, services: readonly string[]): string | undefined {
  if (path === settingsTemplate) return undefined;
  if (path.length > longestPath) return `is longer than ${longestPath} characters`;
  const parts = path.split('/');
  if (!parts.every((part) => /^[A-Za-z0-9][\w.-]*$/.test(part))) {
    return 'is not a plain path of letters, digits, ".", "_" and "-"';
  }
  const folder = parts.slice(0, 2).join('/');
  const own = services.map((service) => `backend/${service}`);
  if (parts.length !== 3 || ![configFolder, secretsFolder, ...own].includes(folder)) {
    return 'is not below backend/config, backend/secrets or backend/SERVICE, where templates belong';
  }
  if (/\.(new|schema\.json)$/.test(path) || path === hbaFile) {
    return 'has a name under which proto-scaffold creates a file itself';
  }
  return undefined;
}

/** The files that services mount, and those that release.yml describes, must exist. */
function missingTemplates({ release, files }: TemplateSet): Fault[] {
  const named = Object.entries(release.services).flatMap(([name, service]) => {
    const secrets = [...service.secrets, ...(service.hybrid?.secrets ?? [])];
    const own = [...Object.keys(service.files), ...Object.keys(service.hybrid?.files ?? {})];
    return [
      ...(service.config === undefined
        ? []
        : [[`services.${name}.config`, `${configFolder}/${service.config}`]]),
      ...secrets.map((secret) => [`services.${name}.secrets`, `${secretsFolder}/${secret}`]),
      ...own.map((path) => [`services.${name}.files`, `backend/${path}`]),
    ] as [string, string][];
  });
  const described = Object.keys(release.files).map((path): [string, string] => ['files', path]);
  return [...named, ...described]
    .filter(([, path]) => !files.has(path) && path !== hbaFile)
    .map(([key, path]) => ({
      file: 'release.yml',
      key,
      message: `needs ${path}, which is not among the templates`,
    }));
}

/** @throws UserError TEMPLATES_INVALID with every fault */
export function checkTemplates(templates: TemplateSet): TemplateSet {
  const faults = templateFaults(templates);
  if (faults.length === 0) return templates;
  throw new UserError('TEMPLATES_INVALID', 'The template set is invalid.', { faults });
}
