import { configFolder, secretsFolder } from './layout.ts';
import { bundlesOf, type Hosting, type Release, servicesOf, type TemplateSet } from './release.ts';

/**
 * The template set as one kind of hosting has it: its values, bundles, services and files, each service with what is
 * otherwise there. A second time it changes nothing.
 */
export function templatesFor(templates: TemplateSet, hosting: Hosting): TemplateSet {
  const { release, files } = templates;
  return {
    ...templates,
    release: releaseFor(release, hosting),
    files: new Map([...files].filter(([path]) => isPresent(path, release, hosting))),
  };
}

export function releaseFor(release: Release, hosting: Hosting): Release {
  const values = Object.entries(release.values)
    .filter(([, { hosting: kinds }]) => kinds.includes(hosting))
    .map(([name, value]) => [name, hosting === 'hybrid' ? { ...value, ...value.hybrid } : value]);
  return {
    ...release,
    values: Object.fromEntries(values),
    bundles: Object.fromEntries(bundlesOf(release, hosting)),
    services: Object.fromEntries(servicesOf(release, hosting)),
  };
}

/** A config or secrets file is there if one of its services is; any other as the release says of it. */
function isPresent(path: string, release: Release, hosting: Hosting): boolean {
  const said = Object.hasOwn(release.files, path) ? release.files[path] : undefined;
  if (said !== undefined) return said.hosting.includes(hosting);
  const owners = Object.entries(release.services).filter(([, service]) =>
    [
      `${configFolder}/${service.config}`,
      ...[...service.secrets, ...(service.hybrid?.secrets ?? [])].map(
        (secret) => `${secretsFolder}/${secret}`,
      ),
    ].includes(path),
  );
  const present = new Set(servicesOf(release, hosting).map(([name]) => name));
  return owners.length === 0 || owners.some(([name]) => present.has(name));
}
