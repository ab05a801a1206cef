import { type Fault, UserError } from '../errors.ts';
import type { Lock } from '../installation/lock.ts';
import type { FileChange, HostAction, Plan } from '../installation/plan.ts';
import type { KeyChange } from '../merge/result.ts';
import { type CertificateFiles, nginxFile } from '../release/layout.ts';
import type { TemplateSet } from '../release/release.ts';
import { Secret } from '../secret.ts';
import { hostOfSite } from '../values/site-host.ts';
import { siteValues } from '../values/site-values.ts';
import type { NginxAbilities } from './nginx.ts';
import { renderNginx, type Site } from './render-nginx.ts';
import { presentSite } from './site.ts';
import { certificateOfSite, ownCertificateFiles, replaceCertificate } from './site-certificate.ts';
import { mergeSite, portFaults, type Reaches, upstreamsFor } from './site-ports.ts';

export interface NginxPlanInput {
  /** Absolute path. */
  readonly installation: string;
  readonly lock: Lock;
  /** The last pristine render, by path. */
  readonly base: ReadonlyMap<string, string>;
  /** The files on disk, by path, including nginx/proto.conf if it exists. */
  readonly current: ReadonlyMap<string, string>;
  readonly templates: TemplateSet;
  /** The certificate options of this command; `undefined` leaves the certificate unchanged. */
  readonly certificate: CertificateFiles | 'none' | undefined;
  /** What this host's nginx can do. */
  readonly abilities?: NginxAbilities;
  /** How Compose publishes the services. */
  readonly reaches: Reaches;
}

export interface NginxPlan {
  readonly plan: Plan;
  /** The new content of nginx/proto.conf. */
  readonly text: string;
  /** The merge base of the next update, by path. */
  readonly base: ReadonlyMap<string, string>;
  /** Lines in which the operator's file differs from the values. The operator's lines are kept. */
  readonly conflicts: readonly KeyChange[];
  /** Where the new content and Compose still disagree about ports, because the operator's lines are kept. */
  readonly portFaults: readonly Fault[];
  /** The program contains a different release than the installed one, so the site is unchanged. */
  readonly otherRelease: boolean;
}

/**
 * Computes how to update nginx/proto.conf to the current values, with the same merge as an update. A deleted file is
 * created again, because the operator asked for nginx.
 * @throws UserError NGINX_NO_SITE; NGINX_SITE_EDITED; UPDATE_FIRST if this program has the templates of another release
 */
export function planNginx(input: NginxPlanInput): NginxPlan {
  const { lock, templates, certificate } = input;
  const current = input.current.get(nginxFile);
  const otherRelease = templates.release.release !== lock.release.version;
  if (otherRelease && (current === undefined || certificate !== undefined)) {
    const message = `This version of proto-scaffold contains release ${templates.release.release}, but ${lock.release.version} is installed.`;
    throw new UserError('UPDATE_FIRST', message);
  }
  const { text, base, conflicts } =
    otherRelease && current !== undefined
      ? { text: current, base: input.base.get(nginxFile) ?? '', conflicts: [] }
      : merged(input, current);
  const kind = current === undefined ? 'create' : 'update';
  const files: FileChange[] =
    text === current ? [] : [{ kind, path: nginxFile, content: new Secret(text) }];
  return {
    plan: { command: 'nginx', installation: input.installation, actions: [], files },
    text,
    base: new Map([...input.base, [nginxFile, base]]),
    conflicts,
    portFaults: portFaults(text, templates.release, lock.hosting, input.reaches).faults,
    otherRelease,
  };
}

function sameFiles(a: CertificateFiles | undefined, b: CertificateFiles | undefined): boolean {
  return a?.certificate === b?.certificate && a?.key === b?.key;
}

interface Merged {
  readonly text: string;
  readonly base: string;
  readonly conflicts: readonly KeyChange[];
}

/**
 * Merges first the current values, then the given certificate, so that the certificate is applied even if the operator
 * had set another one by hand.
 */
function merged(input: NginxPlanInput, current: string | undefined): Merged {
  const { installation, lock, templates, certificate } = input;
  const base = current === undefined ? undefined : input.base.get(nginxFile);
  const present = presentSite(installation, siteValues(templates, input.current), current, base);
  const site = {
    ...present,
    nginx: { ...present.nginx, ...input.abilities },
    upstreams: upstreamsFor(templates.release, lock.hosting, input.reaches, current),
  };
  const first = mergeOnce(input, base, current, site);
  if (certificate === undefined) return first;
  // Hybrid hosting cannot go back to http, only to the own certificate.
  const own = lock.hosting === 'hybrid' ? ownCertificateFiles(installation) : undefined;
  const wanted = certificate === 'none' ? own : certificate;
  const text = wanted === undefined ? first.text : replaceCertificate(first.text, wanted);
  const second = mergeOnce(input, first.base, first.text, { ...site, certificate: wanted });
  // If one certificate replaces another, only the two file names change.
  const merged = sameFiles(certificateOfSite(text), wanted)
    ? { ...first, text, base: certificateOfSite(first.base) ? second.base : first.base }
    : second;
  if (!sameFiles(certificateOfSite(merged.text), wanted)) {
    const faults = second.conflicts.map(({ line }) => ({
      file: nginxFile,
      ...(line !== undefined && { line }),
      message: 'you changed these lines',
    }));
    const message = `You edited the lines of ${nginxFile} that this certificate change affects. Nothing was changed.`;
    throw new UserError('NGINX_SITE_EDITED', message, { faults });
  }
  return {
    ...merged,
    conflicts: [...first.conflicts, ...(merged === second ? second.conflicts : [])],
  };
}

function mergeOnce(
  { templates, lock, reaches }: NginxPlanInput,
  base: string | undefined,
  current: string | undefined,
  site: Site,
): Merged {
  const incoming = renderNginx({ release: templates.release, hosting: lock.hosting, site });
  if (incoming === undefined) {
    const message = `With ${lock.hosting} hosting, nginx serves nothing on this host.`;
    throw new UserError('NGINX_NO_SITE', message);
  }
  const sides = { path: nginxFile, base, current, incoming };
  const known = { release: templates.release, hosting: lock.hosting, reaches };
  const { text = current ?? '', changes } = mergeSite(sides, known, 'ours');
  return { text, base: incoming, conflicts: changes.filter(({ kind }) => kind === 'conflict') };
}

/** Describes a site for people: where it answers, and with which certificate. */
export function siteWords(conf: string): string[] {
  const host = hostOfSite(conf);
  const files = certificateOfSite(conf);
  const name = host?.name ?? 'every name that no other site uses';
  if (files === undefined) return [`http, for ${name}; no certificate`];
  return [
    `https on port ${host?.port ?? 443}, for ${name}`,
    `certificate ${files.certificate}, key ${files.key}`,
  ];
}

/** The plan with the actions on the host's nginx. */
export function withActions(computed: NginxPlan, actions: readonly HostAction[]): NginxPlan {
  return { ...computed, plan: { ...computed.plan, actions } };
}
