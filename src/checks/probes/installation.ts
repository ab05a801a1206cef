import { join } from 'node:path';
import { readOverride } from '../../compose/containers.ts';
import { unknownServices } from '../../compose/override.ts';
import { readConfig } from '../../config/parameters.ts';
import { UserError } from '../../errors.ts';
import { readText } from '../../lib/fs/files.ts';
import { pathOwner, wayTo } from '../../lib/fs/ownership.ts';
import { addressesOf } from '../../lib/net/ask-server.ts';
import { probe } from '../../lib/process/probe.ts';
import { absent, known, type Probed, refused } from '../../lib/process/probed.ts';
import { certificateOfSite, serverNamesOf } from '../../nginx/site-certificate.ts';
import {
  type CertificateFiles,
  composeFile,
  fileMode,
  isForContainers,
  lockFile,
} from '../../release/layout.ts';
import { readCertificate } from '../../tls/certificate.ts';
import { allSiteValues } from '../../values/site-values.ts';
import type { CertificateSummary, InstalledFile, SiteFacts } from '../facts/facts.ts';
import { nginxUserName, webUser } from '../facts/web-user.ts';
import { siteOf } from './site-values.ts';
import { currentTexts, insideOf, type Probes, type Probing, type Subject } from './subject.ts';

type Names =
  | 'config'
  | 'splitSecrets'
  | 'override'
  | 'files'
  | 'staticPaths'
  | 'webUser'
  | 'site'
  | 'url';

/** Facts from the files of an installation and of nginx. */
export function installationProbes({ context, subject }: Probing): Probes<Names> {
  const { templates } = subject;
  return {
    async config() {
      const { base } = insideOf(subject);
      return readConfig({ templates, base, current: currentTexts(insideOf(subject)) });
    },
    async splitSecrets() {
      const values = allSiteValues(templates, currentTexts(insideOf(subject)));
      const isRandom = (name: string) => templates.release.values[name]?.random === true;
      return [...values].flatMap(([name, counts]) =>
        counts.size > 1 && isRandom(name) ? [name] : [],
      );
    },
    override: () =>
      probe(context, async () => {
        const { folder } = insideOf(subject);
        const text = await readOverride(folder);
        const compose = currentTexts(insideOf(subject)).get(composeFile) ?? '';
        return text === undefined ? absent : known(unknownServices(text, compose));
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
        const conf = await readText(join(insideOf(subject).folder, 'nginx/proto.conf'));
        return conf === undefined ? absent : known(await siteFacts(conf, urlHost(subject)));
      }),
    async url() {
      const host = urlHost(subject);
      if (host === undefined) return absent;
      const addresses = await probe(context, async () => {
        const found = await addressesOf(host);
        return found === undefined ? absent : known(found);
      });
      return known({ host, addresses });
    },
  };
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

async function siteFacts(conf: string, host: string | undefined): Promise<SiteFacts> {
  const serverNames = serverNamesOf(conf);
  const files = certificateOfSite(conf);
  if (files === undefined) return { serverNames };
  return { serverNames, certificate: { files, read: await readFiles(files, host) } };
}

async function readFiles(
  { certificate, key }: CertificateFiles,
  host: string | undefined,
): Promise<Probed<CertificateSummary>> {
  const pem = await readText(certificate).catch(unreadable);
  if (pem === undefined) return absent;
  if (pem instanceof UserError) return refused(pem.message);
  const keyPem = await readText(key).catch(unreadable);
  // Root usually owns the key, so an unreadable key is not a fault.
  const readableKey = typeof keyPem === 'string' ? keyPem : undefined;
  if (keyPem === undefined) return known({ fault: `the key ${key} does not exist` });
  try {
    const { holdsFor, validFrom, validTo, fitsKey } = readCertificate(pem, readableKey);
    return known({
      validFrom,
      validTo,
      ...(fitsKey !== undefined && { fitsKey }),
      ...(host !== undefined && { holdsForUrl: holdsFor(host) }),
    });
  } catch (error) {
    return known({ fault: (error as Error).message });
  }
}

function unreadable(error: unknown): UserError {
  if (error instanceof UserError) return error;
  throw error;
}
