import { type Fault, UserError } from '../errors.ts';
import { documentFaults } from '../lib/text/document-faults.ts';
import { parseYaml } from '../lib/text/yaml-document.ts';
import { Hosting } from './hosting.ts';
import { bundlesOf, databaseKeys, type Release, type Role, servicesOf } from './release.ts';
import { ReleaseDescription } from './release-schema.ts';

export interface ReleaseFault {
  readonly path: string[];
  readonly message: string;
}

/** Checks that a schema of single keys cannot express: names that must exist, ports that must differ. */
export function crossFaults(release: Release): ReleaseFault[] {
  const faults = [...bundleFaults(release), ...formFaults(release), ...everyHosting(release)];
  const roles = new Map<Role, string>();
  for (const [name, service] of Object.entries(release.services)) {
    if (service.role !== undefined) {
      const holder = roles.get(service.role);
      if (holder !== undefined) {
        const message = `the role ${service.role} is already used by ${holder}`;
        faults.push({ path: ['services', name, 'role'], message });
      }
      roles.set(service.role, name);
    }
    if (service.role === 'database') {
      for (const key of Object.values(databaseKeys)) {
        if (Object.hasOwn(service.environment, key)) continue;
        const message = `a database must have ${key}`;
        faults.push({ path: ['services', name, 'environment'], message });
      }
    }
    for (const needed of service.needs) {
      if (!Object.hasOwn(release.services, needed)) {
        const message = `refers to ${needed}, which is not a service`;
        faults.push({ path: ['services', name, 'needs'], message });
      }
    }
  }
  for (const [name, value] of Object.entries(release.values)) {
    if (!value.random && (value.rotation ?? value.hybrid?.rotation) !== undefined) {
      const message =
        'is allowed for random values only: proto-scaffold generates no other value on its own';
      faults.push({ path: ['values', name, 'rotation'], message });
    }
    for (const other of Object.keys(value.when)) {
      if (!Object.hasOwn(release.values, other)) {
        faults.push({ path: ['values', name, 'when'], message: `${other} is not a placeholder` });
      }
    }
    if (value.with !== undefined && !Object.hasOwn(release.values, value.with)) {
      faults.push({
        path: ['values', name, 'with'],
        message: `${value.with} is not a placeholder`,
      });
    }
  }
  return faults;
}

function bundleFaults({ bundles }: Release): ReleaseFault[] {
  return Object.entries(bundles).flatMap(([name, { route, folder }]) => {
    if (route === '/' || route === `/${folder}`) return [];
    const message = `must be / or /${folder}, because its folder is ${folder}`;
    return [{ path: ['bundles', name, 'route'], message }];
  });
}

/** A form has only the limits that belong to it. */
function formFaults({ parameters }: Release): ReleaseFault[] {
  return Object.entries(parameters).flatMap(([key, { form, choices, min, max, unit }]) => {
    const counts = form === 'integer' || form === 'duration';
    const faults: [string, string | false][] = [
      ['choices', choices !== undefined && form !== 'text' && `does not go with the form ${form}`],
      ['min', min !== undefined && !counts && `does not go with the form ${form}`],
      ['max', max !== undefined && !counts && `does not go with the form ${form}`],
      ['max', min !== undefined && max !== undefined && max < min && 'is less than min'],
      ['unit', unit !== undefined && form !== 'duration' && `does not go with the form ${form}`],
      ['form', unit === undefined && form === 'duration' && 'needs a unit'],
    ];
    return faults.flatMap(([field, message]) =>
      message === false ? [] : [{ path: ['parameters', key, field], message }],
    );
  });
}

/** Faults of each kind of hosting; each fault once. */
function everyHosting(release: Release): ReleaseFault[] {
  const all = Hosting.options.flatMap((hosting) => {
    const services = servicesOf(release, hosting);
    return [...portFaults(services), ...routeFaults(services, bundlesOf(release, hosting))];
  });
  return [...new Map(all.map((fault) => [JSON.stringify(fault), fault])).values()];
}

type Services = ReturnType<typeof servicesOf>;

function portFaults(services: Services): ReleaseFault[] {
  const published = new Map<number, string>();
  return services.flatMap(([name, { publish }]) => {
    if (publish === undefined) return [];
    const other = published.get(publish);
    published.set(publish, name);
    if (other === undefined) return [];
    return [
      {
        path: ['services', name, 'publish'],
        message: `port ${publish} is already used by ${other}`,
      },
    ];
  });
}

/** The paths that nginx serves: each path once, with a folder or port that provides it. */
function routeFaults(services: Services, bundles: ReturnType<typeof bundlesOf>): ReleaseFault[] {
  const faults: ReleaseFault[] = [];
  const taken = new Map<string, string>();
  const take = (path: string[], route: string) => {
    const other = taken.get(route);
    if (other === undefined) taken.set(route, path[1] ?? '');
    else faults.push({ path, message: `${route} is already the route of ${other}` });
  };
  for (const [name, { route }] of bundles) {
    take(['bundles', name, 'route'], route === '/' ? route : `${route}/`);
  }
  for (const [name, { route, publish }] of services) {
    if (route === undefined) continue;
    if (publish === undefined) {
      const message = 'needs a published port so that nginx can reach it';
      faults.push({ path: ['services', name, 'route'], message });
    }
    take(['services', name, 'route'], route.path);
  }
  return faults;
}

/**
 * Reads `release.yml`.
 * @throws UserError TEMPLATES_INVALID with every fault and its line
 */
export function parseRelease(text: string, file = 'release.yml'): Release {
  const fail = (faults: readonly Fault[]) =>
    new UserError('TEMPLATES_INVALID', `The release description ${file} is invalid.`, { faults });
  const parsed = parseYaml(text, file);
  if (!parsed.ok) throw fail(parsed.faults);
  const checked = ReleaseDescription.safeParse(parsed.document.data);
  if (!checked.success) {
    throw fail(documentFaults(parsed.document, checked.error, ReleaseDescription, file));
  }
  const faults = crossFaults(checked.data).map(({ path, message }) => ({
    file,
    ...parsed.document.position(path),
    key: path.join('.'),
    message,
  }));
  if (faults.length > 0) throw fail(faults);
  return checked.data;
}
