import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { composeProject, reachFrom, readOverride } from '../../compose/compose-project.ts';
import { ipv6NetworksIn } from '../../compose/compose-text.ts';
import { containersOf, strayContainers } from '../../compose/containers.ts';
import { backendOf } from '../../compose/docker.ts';
import { parseComposeModel } from '../../compose/docker-answers.ts';
import { unknownServices } from '../../compose/override.ts';
import { judgeOwnership, ownerProblems } from '../../compose/owner.ts';
import { gatherOwnership } from '../../compose/ownership.ts';
import { namedProject, redirectsOf } from '../../compose/redirects.ts';
import { fileUsesOf } from '../../compose/reload.ts';
import { networksIn } from '../../compose/service-networks.ts';
import { staleServices } from '../../compose/stale-files.ts';
import { readConfig } from '../../config/parameters.ts';
import { misspelledKeys } from '../../config/unknown-keys.ts';
import type { Context } from '../../context.ts';
import { type Fault, UserError } from '../../errors.ts';
import { damageFaults, damageRemedy } from '../../installation/damaged-base.ts';
import type { Installation } from '../../installation/read-installation.ts';
import { signerOf } from '../../installation/release-signer.ts';
import { listFolder, readText, withoutLinks } from '../../lib/fs/files.ts';
import { pathOwner, wayTo } from '../../lib/fs/ownership.ts';
import { addressesOf, LookupError } from '../../lib/net/lookup.ts';
import { probe } from '../../lib/process/probe.ts';
import { absent, known, type Probed, refused, valueIn } from '../../lib/process/probed.ts';
import { abilitiesIn, type CopyState } from '../../nginx/nginx.ts';
import { readNginxFiles } from '../../nginx/nginx-files.ts';
import { findNginx } from '../../nginx/nginx-program.ts';
import { rivalsOf } from '../../nginx/served-sites.ts';
import { allowedNow } from '../../nginx/site.ts';
import { certificateOfSite, serverNamesOf } from '../../nginx/site-certificate.ts';
import { copyState } from '../../nginx/site-copy.ts';
import { portFaults } from '../../nginx/site-ports.ts';
import {
  type CertificateFiles,
  composeFile,
  fileMode,
  isForContainers,
  lockFile,
  nginxFile,
  secretsFolder,
} from '../../release/layout.ts';
import { serviceWithRole } from '../../release/release.ts';
import { readCertificate, siteCertificateFault } from '../../tls/certificate.ts';
import { databaseCertificate, servedCertificate } from '../../tls/served.ts';
import { allSiteValues, siteValues } from '../../values/site-values.ts';
import type {
  CertificateSummary,
  InstalledFile,
  ServedFacts,
  SiteFacts,
  StateDamage,
} from '../facts/facts.ts';
import { nginxUserName, webUser } from '../facts/web-user.ts';
import { siteOf } from './site-values.ts';
import { currentTexts, insideOf, type Probes, type Probing, type Subject } from './subject.ts';

type Names =
  | 'stateDamage'
  | 'config'
  | 'misspelledKeys'
  | 'splitSecrets'
  | 'override'
  | 'redirects'
  | 'ownerProblems'
  | 'staleServices'
  | 'files'
  | 'staticPaths'
  | 'webUser'
  | 'site'
  | 'served'
  | 'servedCertificate'
  | 'databaseCertificate'
  | 'databaseNetworks'
  | 'signer'
  | 'nginxPorts'
  | 'url';

/** Facts from the files of an installation and of nginx. */
export function installationProbes({ context, subject, get }: Probing): Probes<Names> {
  const { templates } = subject;
  return {
    stateDamage: () => probe(context, () => stateDamage(subject)),
    async config() {
      const { base } = insideOf(subject);
      return readConfig({ templates, base, current: currentTexts(insideOf(subject)) });
    },
    async misspelledKeys() {
      const { base } = insideOf(subject);
      return misspelledKeys({ templates, base, current: currentTexts(insideOf(subject)) });
    },
    async splitSecrets() {
      const values = allSiteValues(templates, currentTexts(insideOf(subject)));
      return [...values].flatMap(([name, counts]) => {
        if (counts.size < 2 || templates.release.values[name]?.random !== true) return [];
        const files = [...templates.files]
          .filter(
            ([path, text]) => path.startsWith(`${secretsFolder}/`) && text.includes(`{${name}}`),
          )
          .map(([path]) => path);
        return [{ name, files }];
      });
    },
    redirects: () => redirects(context, insideOf(subject)),
    ownerProblems: () =>
      probe(context, async (signal) => {
        const { folder, lock } = insideOf(subject);
        const merged = valueIn(await get('mergedFiles'));
        const facts = await gatherOwnership(
          { ...context, signal },
          { name: lock.project, folder },
          merged === undefined ? undefined : parseComposeModel(merged),
        );
        return known(ownerProblems(folder, lock, judgeOwnership(facts)));
      }),
    staleServices: () =>
      probe(context, async (signal) => {
        const { folder, lock } = insideOf(subject);
        const containers = await containersOf({ ...context, signal }, lock.project);
        if (containers.length === 0) return absent;
        const uses = fileUsesOf(templates.release, lock.hosting);
        const within = { ...context, signal };
        return known(await staleServices(within, folder, containers, uses));
      }),
    override: () =>
      probe(context, async () => {
        if (subject.installation === undefined) return absent;
        const { folder } = insideOf(subject);
        const override = await readOverride(folder);
        const compose = currentTexts(insideOf(subject)).get(composeFile) ?? '';
        if (override === undefined) return absent;
        return known({ name: override.name, ...unknownServices(override.text, compose) });
      }),
    files: () => installedFiles(subject),
    async staticPaths() {
      const { folder, lock } = insideOf(subject);
      const folders = Object.values(lock.bundles).map((bundle) => join(folder, bundle.folder));
      const ways = await Promise.all(folders.map((path) => wayTo(join(path, 'index.html'))));
      return [...new Map(ways.flat().map((owner) => [owner.path, owner])).values()];
    },
    webUser: () =>
      probe(context, async () => {
        const [conf = '', passwd = '', group = ''] = await Promise.all(
          ['/etc/nginx/nginx.conf', '/etc/passwd', '/etc/group'].map(readText),
        );
        const user = webUser(nginxUserName(conf), passwd, group);
        return user === undefined ? absent : known(user);
      }),
    site: () =>
      probe(context, async () => {
        const conf = await readText(join(insideOf(subject).folder, nginxFile));
        return conf === undefined ? absent : known(await siteFacts(conf, subject));
      }),
    nginxPorts: () =>
      probe(context, async () => {
        const { folder, lock } = insideOf(subject);
        const conf = await readText(join(folder, nginxFile));
        if (conf === undefined) return absent;
        const reaches = await reachFrom(context, folder, valueIn(await get('mergedFiles')));
        return known(portFaults(conf, templates.release, lock.hosting, reaches));
      }),
    served: () =>
      probe(context, async (signal) =>
        servedFacts({ ...context, signal }, join(insideOf(subject).folder, nginxFile)),
      ),
    servedCertificate: () =>
      probe(context, async (signal) => {
        const found = await servedCertificate(insideOf(subject).folder, signal);
        return found === undefined ? absent : known(found);
      }),
    databaseCertificate: () =>
      probe(context, async (signal) => {
        const { lock } = insideOf(subject);
        const [service, { port }] = serviceWithRole(
          templates.release,
          lock.hosting,
          'database',
        ) ?? ['', { port: 0 }];
        const containers = await containersOf({ ...context, signal }, lock.project);
        const running = containers.find(
          (each) => each.service === service && each.state === 'running',
        );
        const found = running && (await databaseCertificate(running, port, signal));
        return found === undefined ? absent : known(found);
      }),
    databaseNetworks: () =>
      probe(context, async () => {
        const { folder, lock } = insideOf(subject);
        const current = currentTexts(insideOf(subject));
        const allowed = allowedNow(siteValues(templates, current)) ?? [];
        if (lock.hosting !== 'hybrid' || allowed.length === 0) return absent;
        const override = (await readOverride(folder))?.text ?? '';
        const files = [current.get(composeFile) ?? '', override];
        const [service = ''] = serviceWithRole(templates.release, lock.hosting, 'database') ?? [];
        const networks = [...(networksIn(files).get(service) ?? [])];
        const ipv6 = files.some((text) => {
          const carrying = ipv6NetworksIn(text);
          return networks.some((name) => carrying.has(name));
        });
        return known({ allowed, ipv6, networks });
      }),
    signer: () =>
      probe(context, async () => {
        const { folder, lock } = insideOf(subject);
        const found = await signerOf(folder, lock, subject.account?.credentials.trust);
        return found === undefined ? absent : known(found);
      }),
    async url() {
      const host = urlHost(subject);
      if (host === undefined) return absent;
      const addresses = await probe(context, async (signal) => {
        try {
          const found = await addressesOf(host, { env: context.env, signal });
          return known(found.map(({ address }) => address));
        } catch (error) {
          if (error instanceof LookupError && error.code === 'ENOTFOUND') return absent;
          throw error;
        }
      });
      const here = Object.values(networkInterfaces()).flatMap((all) => all ?? []);
      const own = (valueIn(addresses) ?? []).filter((each) =>
        here.some(({ address }) => address === each),
      );
      return known({ host, addresses, own });
    },
  };
}

async function stateDamage({ installation, broken }: Subject): Promise<Probed<StateDamage>> {
  if (broken !== undefined) {
    const { message, hint, faults } = broken;
    return known({ found: message.replace(/\.$/, ''), remedy: hint, faults });
  }
  if (installation === undefined) return absent;
  const { folder, damaged = [] } = installation;
  if (damaged.length === 0) return known({ found: undefined, remedy: '', faults: [] });
  const remedy = await damageRemedy(folder);
  return known({ found: 'The merge base was modified', remedy, faults: damageFaults(damaged) });
}

/** Variables, files and containers that show that `docker compose` by hand is about another project. */
async function redirects(context: Context, installation: Installation): Promise<Fault[]> {
  const { folder, lock } = installation;
  const backend = backendOf(folder);
  const text = currentTexts(installation).get(composeFile) ?? '';
  const override = await readOverride(folder);
  const named = namedProject([
    { name: 'docker-compose.yml', text },
    ...(override === undefined ? [] : [override]),
  ]);
  const envFile = await readText(join(backend, '.env'));
  const names = (await listFolder(backend)) ?? [];
  const ours = await composeProject(folder, { renamed: true });
  const strays = await probe(context, async (signal) =>
    known(await strayContainers({ ...context, signal }, ours)),
  );
  return [
    ...redirectsOf({ project: lock.project, env: context.env, envFile, names }),
    ...(named === undefined || named.project === lock.project
      ? []
      : [{ file: named.file, key: 'name', message: `must be ${lock.project}` }]),
    ...(valueIn(strays) ?? []).map(({ name, project }) => ({
      file: name,
      outside: true as const,
      message: `was started here as the project ${project}. \`proto-scaffold stop\` stops it`,
    })),
  ];
}

/** The host name without the port. */
function urlHost(subject: Subject): string | undefined {
  return siteOf(subject).value('YOUR_URL')?.replace(/:\d+$/, '');
}

/** The rendered files, and the lock file. */
async function installedFiles(subject: Subject): Promise<InstalledFile[]> {
  const { folder, base, lock } = insideOf(subject);
  const owner = await pathOwner(join(folder, lockFile));
  const found = [...base.keys(), lockFile].map(async (path) => {
    const way = await wayTo(join(folder, path));
    const own = way.find((at) => at.path === join(folder, path));
    if (own === undefined) return [];
    const above = way.filter((at) => at.path !== own.path);
    const uid = owner?.uid ?? own.uid;
    const wanted = { mode: fileMode(path), uid, ...(isForContainers(path) && { gid: lock.group }) };
    const reachable = above.every(({ mode }) => (mode & 0o001) !== 0);
    return [{ ...own, path, wanted, reachable }];
  });
  return (await Promise.all(found)).flat();
}

/** @param site absolute path of nginx/proto.conf */
async function servedFacts(context: Context, site: string): Promise<Probed<ServedFacts>> {
  const build = await findNginx(context).catch((error: unknown) => {
    if (error instanceof UserError && error.code === 'NGINX_NOT_FOUND') return undefined;
    throw error;
  });
  if (build === undefined) return absent;
  const files = await readNginxFiles(build.conf);
  const [final, text] = await Promise.all([withoutLinks(site), readText(site)]);
  const found = [...files.texts].map(async ([path, content]) => ({
    path,
    copy:
      (await withoutLinks(path)) === final
        ? ('linked' as CopyState)
        : copyState(content, site, text),
  }));
  const absentCopy = { path: undefined, copy: 'absent' as const };
  const { path, copy } =
    (await Promise.all(found)).find((each) => each.copy !== 'absent') ?? absentCopy;
  const rivals = path === undefined ? [] : rivalsOf(files, path);
  return known({ included: path !== undefined, copy, rivals, unreadable: files.unreadable });
}

async function siteFacts(conf: string, subject: Subject): Promise<SiteFacts> {
  const [serverNames, ipv6] = [serverNamesOf(conf), abilitiesIn(conf).ipv6 === true];
  const files = certificateOfSite(conf);
  if (files === undefined) return { serverNames, ipv6 };
  return { serverNames, ipv6, certificate: { files, read: await readFiles(files, subject) } };
}

async function readFiles(
  { certificate, key }: CertificateFiles,
  subject: Subject,
): Promise<Probed<CertificateSummary>> {
  const host = urlHost(subject);
  const pem = await readText(certificate).catch(unreadable);
  if (pem === undefined) return absent;
  if (pem instanceof UserError) return refused(pem.message);
  const keyPem = await readText(key).catch(unreadable);
  // Root usually owns the key, so an unreadable key is not a fault.
  const readableKey = typeof keyPem === 'string' ? keyPem : undefined;
  if (keyPem === undefined) return known({ fault: `the key ${key} does not exist` });
  try {
    const { holdsFor, validFrom, validTo, fitsKey } = readCertificate(pem, readableKey);
    const chain = await siteCertificateFault(subject.place, pem, readableKey, host);
    return known({
      validFrom,
      validTo,
      ...(fitsKey !== undefined && { fitsKey }),
      ...(host !== undefined && { holdsForUrl: holdsFor(host) }),
      ...(chain !== undefined && { chain }),
    });
  } catch (error) {
    return known({ fault: (error as Error).message });
  }
}

function unreadable(error: unknown): UserError {
  if (error instanceof UserError) return error;
  throw error;
}
