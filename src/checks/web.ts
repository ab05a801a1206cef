import { valueIn } from '../lib/process/probed.ts';
import { copyWords } from '../nginx/nginx.ts';
import { answersFor } from '../nginx/site-certificate.ts';
import {
  counted,
  defineCheck,
  failed,
  type Judgement,
  judgeKnown,
  notApplicable,
  ok,
  unknown,
} from './define.ts';
import { judgeVersion } from './docker.ts';
import type { CertificateSummary } from './facts/facts.ts';
import { allows } from './facts/web-user.ts';

const nginx = defineCheck({
  id: 'nginx',
  title: 'nginx is installed and its version is supported',
  why: 'nginx serves the web app and forwards requests to the platform.',
  remedy: 'Install it: sudo apt-get install nginx',
  severity: { check: 'requirement', init: 'advice', start: 'advice', update: 'advice' },
  concerns: 'host',
  needs: ['nginx', 'requires'],
  judge: ({ nginx, requires }) =>
    nginx.kind === 'absent'
      ? failed('nginx is not installed on this host')
      : judgeKnown(nginx, 'nginx -v', (version) => judgeVersion('nginx', version, requires.nginx)),
});

const webPorts = defineCheck({
  id: 'web-ports',
  title: 'Ports 80 and 443 are free or used by nginx',
  why: 'People reach the platform on these ports. This check cannot detect whether a firewall blocks them.',
  remedy: 'Stop the other program, or change its port. To find it, run `sudo ss -tlnp`.',
  severity: { check: 'requirement', init: 'advice', start: 'advice', update: 'advice' },
  concerns: 'host',
  needs: ['webPorts'],
  judge: ({ webPorts }) =>
    judgeKnown(webPorts, 'The listening ports', ({ held, nginxRuns }) => {
      const conflicts = held.filter(({ program }) => program !== undefined && program !== 'nginx');
      if (conflicts.length > 0) {
        const names = conflicts.map(({ port, program }) => `${port} is in use by ${program}`);
        return failed([...new Set(names)].join(', '));
      }
      const hidden = held.filter(({ program }) => program === undefined);
      // Only root can see the owner of a socket. nginx opens its sockets as root.
      if (hidden.some(({ uid }) => uid !== 0 || !nginxRuns)) {
        const ports = [...new Set(hidden.map(({ port }) => port))].join(' and ');
        return unknown(`A program that only root can see listens on ${ports}`, {
          remedy: 'Run `sudo ss -tlnp` and check that the program is nginx.',
        });
      }
      return ok(held.length > 0 ? 'nginx is listening' : 'free');
    }),
});

const site = defineCheck({
  id: 'nginx-site',
  title: 'The nginx site has the host name of the platform',
  why: 'nginx serves another site for other host names.',
  remedy: 'Correct server_name in nginx/proto.conf, or app.base_url in backend/config.',
  severity: { check: 'advice' },
  inside: true,
  concerns: 'values',
  needs: ['site', 'url'],
  judge: ({ site, url }) => {
    const host = valueIn(url)?.host;
    if (site.kind === 'absent') return notApplicable('nginx/proto.conf does not exist');
    if (host === undefined) return notApplicable('The host name is not set yet');
    return judgeKnown(site, 'nginx/proto.conf', ({ serverNames }) =>
      answersFor(serverNames, host) || serverNames.includes('_') || serverNames.length === 0
        ? ok(host)
        : failed(
            `nginx/proto.conf uses the host name ${serverNames.join(', ')}, but the platform uses ${host}`,
          ),
    );
  },
});

const ipv6 = defineCheck({
  id: 'nginx-families',
  title: 'nginx listens on IPv6 if the host name has an IPv6 address',
  why: 'Browsers prefer IPv6. If the site listens on IPv4 alone, they get no connection, or another site.',
  remedy:
    'Run `sudo proto-scaffold nginx --install`, which adds IPv6 if this host has it. Otherwise remove the AAAA record.',
  severity: { check: 'requirement' },
  inside: true,
  concerns: 'values',
  needs: ['site', 'url'],
  judge: ({ site, url }) => {
    if (site.kind === 'absent') return notApplicable('nginx/proto.conf does not exist');
    if (url.kind === 'absent') return notApplicable('The host name is not set yet');
    return judgeKnown(site, 'nginx/proto.conf', ({ ipv6 }) =>
      judgeKnown(url, 'The host name', ({ host, addresses, own = [] }) => {
        const found = (valueIn(addresses) ?? []).filter((address) => address.includes(':'));
        if (found.length === 0) return notApplicable('The host name has no IPv6 address');
        if (ipv6) return ok(found.join(', '));
        const words = `${host} has the IPv6 address ${found.join(', ')}, but nginx/proto.conf listens on IPv4 alone`;
        // A load balancer may have the address.
        const isHere = found.some((address) => own.includes(address));
        return failed(words, isHere ? {} : { severity: 'advice' });
      }),
    );
  },
});

const nginxPorts = defineCheck({
  id: 'nginx-ports',
  title: 'nginx sends requests to the ports that Compose publishes',
  why: 'With another port, the site sends requests and logins to whatever listens there.',
  remedy:
    'Run `proto-scaffold nginx`, then `sudo proto-scaffold nginx --install`. Correct lines that you changed yourself.',
  severity: { check: 'requirement', start: 'advice' },
  inside: true,
  concerns: 'values',
  needs: ['nginxPorts'],
  judge: ({ nginxPorts }) => {
    if (nginxPorts.kind === 'absent') return notApplicable('nginx/proto.conf does not exist');
    return judgeKnown(nginxPorts, 'The Compose files', ({ faults, unclear }) => {
      if (faults.length > 0) {
        const found = counted(
          faults.length,
          'address in nginx/proto.conf differs from what Compose publishes',
          'addresses in nginx/proto.conf differ from what Compose publishes',
        );
        return failed(found, { faults });
      }
      return unclear.length > 0
        ? unknown(`The Compose files do not show the ports of ${unclear.join(', ')}`, {
            remedy: 'Compare them with `docker compose config` in backend/.',
          })
        : ok('they are the same');
    });
  },
});

const served = defineCheck({
  id: 'nginx-served',
  title: 'No other nginx site answers instead of the platform',
  why: 'If two sites have the same server_name, nginx uses the first, ignores the other with a warning, and starts all the same.',
  remedy:
    'Disable the other site (remove its link in sites-enabled), or change its server_name. Then run `sudo systemctl reload nginx`.',
  severity: { check: 'requirement', start: 'advice' },
  inside: true,
  concerns: 'host',
  needs: ['served'],
  judge: ({ served }) => {
    if (served.kind === 'absent') return notApplicable('nginx is not installed on this host');
    return judgeKnown(served, "nginx's configuration", ({ included, rivals, unreadable }) => {
      const hidden = unknown(`This user cannot read ${unreadable.join(', ')}`, {
        remedy: 'Run `sudo proto-scaffold check`.',
      });
      if (!included) {
        const found = 'nginx on this host does not include nginx/proto.conf';
        return unreadable.length > 0 ? hidden : notApplicable(found);
      }
      const first = rivals.filter(({ ignored }) => ignored !== 'other');
      if (first.length === 0) {
        return unreadable.length > 0 ? hidden : ok('no other site comes first');
      }
      const isSite = first.some(({ ignored }) => ignored === 'site');
      return failed(
        isSite
          ? 'nginx ignores nginx/proto.conf, because another site comes first'
          : 'nginx ignores the redirect to https, because another site comes first',
        {
          ...(!isSite && { severity: 'advice' as const }),
          faults: first.map(({ file, line, name, address }) => ({
            file,
            line,
            message:
              name === ''
                ? `is the default site for ${address}, and nginx/proto.conf has no host name`
                : `has the server_name ${name} on ${address}`,
          })),
        },
      );
    });
  },
});

const copy = defineCheck({
  id: 'nginx-copy',
  title: 'nginx serves the current nginx/proto.conf, from a copy that only root can change',
  why: "nginx's main process runs as root and does what its configuration says. So it reads a copy of the site, which an edit or an update does not change.",
  remedy: 'Run `sudo proto-scaffold nginx --install`.',
  severity: { check: 'advice' },
  inside: true,
  concerns: 'host',
  needs: ['served'],
  judge: ({ served }) => {
    if (served.kind === 'absent') return notApplicable('nginx is not installed on this host');
    return judgeKnown(served, "nginx's configuration", ({ copy }) => {
      if (copy === 'absent') {
        return notApplicable('nginx on this host does not include nginx/proto.conf');
      }
      const words = copyWords(copy);
      return words === undefined ? ok('the copy is current') : failed(words.replace(/\.$/, ''));
    });
  },
});

const certificate = defineCheck({
  id: 'certificate',
  title:
    'The certificate of the site is valid, has its chain, and matches its key and the host name',
  why: 'If the certificate has expired or is for another name, browsers show a warning instead of the platform. With the wrong key, nginx does not start. Without the chain of issuers, programs and some browsers refuse it.',
  remedy: 'Renew the certificate, then run `sudo systemctl reload nginx`.',
  severity: { check: 'requirement' },
  inside: true,
  concerns: 'host',
  needs: ['site', 'url', 'now'],
  judge: ({ site, url, now }) => {
    const found = valueIn(site)?.certificate;
    if (found === undefined) return notApplicable('nginx/proto.conf does not use a certificate');
    const { files, read } = found;
    if (read.kind === 'absent') {
      return failed(`The certificate ${files.certificate} does not exist`, {
        remedy: 'Copy it to this path, or correct ssl_certificate in nginx/proto.conf.',
      });
    }
    return judgeKnown(read, files.certificate, (summary) =>
      judgeCertificate(summary, valueIn(url)?.host ?? '', now),
    );
  },
});

const servedCertificate = defineCheck({
  id: 'certificate-served',
  title: 'nginx serves the current certificate of the site',
  why: 'nginx reads a certificate when it starts or reloads. After a renewal it serves the old one until then, also after that has expired.',
  remedy: 'Reload nginx: sudo proto-scaffold nginx --install',
  severity: { check: 'requirement' },
  inside: true,
  concerns: 'host',
  needs: ['servedCertificate', 'served'],
  judge: ({ servedCertificate, served }) => {
    if (!valueIn(served)?.included || servedCertificate.kind === 'absent') {
      return notApplicable('nginx on this host does not serve the site with a certificate');
    }
    return judgeKnown(
      servedCertificate,
      'The certificate that nginx serves',
      ({ same, file, silent }) => {
        if (!same) return failed(`nginx serves another certificate than ${file}`);
        return silent === undefined
          ? ok(file)
          : failed(`nginx answers on IPv4, but not on IPv6 (${silent})`);
      },
    );
  },
});

const day = 24 * 60 * 60 * 1000;
/** Manual renewal can take some weeks. certbot renews 30 days before expiry. */
const expirySoon = 21 * day;

function judgeCertificate(summary: CertificateSummary, host: string, now: number): Judgement {
  if ('fault' in summary) {
    return failed(`The certificate is unusable: ${summary.fault}`, {
      remedy: 'Provide PEM files: the certificate with its full chain, and its key.',
    });
  }
  const { validFrom, validTo, fitsKey, holdsForUrl, chain } = summary;
  const chainFailed = chain && failed(chain.message, { remedy: chain.remedy });
  if (chain?.misplaced && chainFailed) return chainFailed;
  if (fitsKey === false) {
    return failed('The key does not match the certificate', {
      remedy: 'Use the key that the certificate was created with.',
    });
  }
  const left = Math.floor((validTo - now) / day);
  if (validTo <= now) return failed(`The certificate expired ${counted(-left, 'day', 'days')} ago`);
  if (validFrom > now) {
    return failed('The certificate is not valid yet', {
      remedy: 'Check the date of this host with `timedatectl`.',
    });
  }
  if (holdsForUrl === false) {
    return failed(`The certificate is not for ${host}`, {
      remedy: `Get a certificate with ${host} as subjectAltName (browsers ignore the common name), or correct the host name.`,
    });
  }
  if (chainFailed !== undefined) return chainFailed;
  if (validTo - now < expirySoon) {
    const ends = `The certificate expires in ${counted(left, 'day', 'days')}`;
    return failed(ends, { severity: 'advice' });
  }
  const key = fitsKey === undefined ? '; this user cannot read its key' : '';
  return ok(`valid for ${left} more days${key}`);
}

const staticFiles = defineCheck({
  id: 'static-files',
  title: 'nginx can read the web app and the webchat library',
  why: 'nginx needs access to every parent folder. Home folders on Ubuntu 22.04 (mode 0750) do not allow it, and the whole site returns 403, 404 or 500.',
  remedy: 'Allow others to enter the folder: chmod o+x FOLDER',
  severity: { check: 'requirement', start: 'advice' },
  inside: true,
  concerns: 'host',
  needs: ['staticPaths', 'webUser', 'nginx'],
  judge: ({ staticPaths, webUser, nginx }) => {
    if (nginx.kind === 'absent') return notApplicable('nginx is not installed on this host');
    const user = valueIn(webUser) ?? { name: 'nginx', uid: -1, gids: [] };
    const closed = staticPaths.find((path) => !allows(path, user, isFolder(path.mode) ? 1 : 4));
    if (closed === undefined) return ok(`${user.name} can read every file`);
    const does = isFolder(closed.mode) ? 'enter' : 'read';
    const mode = (closed.mode & 0o777).toString(8).padStart(4, '0');
    return failed(`${user.name} cannot ${does} ${closed.path} (mode ${mode})`, {
      remedy: isFolder(closed.mode)
        ? `Allow others to enter it: chmod o+x ${closed.path} (or move the installation, for example to /srv).`
        : `Allow others to read it: chmod o+r ${closed.path}`,
    });
  },
});

function isFolder(mode: number): boolean {
  return (mode & 0o170000) === 0o040000;
}

const url = defineCheck({
  id: 'url',
  title: 'The host name of the platform resolves',
  why: 'People cannot open the platform if its host name does not resolve.',
  remedy: 'Add the host name to the DNS, or correct app.base_url.',
  severity: { check: 'advice' },
  inside: true,
  concerns: 'values',
  needs: ['url'],
  judge: ({ url }) => {
    if (url.kind === 'absent') return notApplicable('The host name is not set yet');
    return judgeKnown(url, 'The host name', ({ host, addresses }) => {
      if (addresses.kind === 'absent') return failed(`The DNS of this host cannot resolve ${host}`);
      return judgeKnown(addresses, `The DNS query for ${host}`, (list) =>
        ok(`${host} resolves to ${list.join(', ')}`),
      );
    });
  },
});

export const webChecks = [
  nginx,
  webPorts,
  site,
  ipv6,
  nginxPorts,
  served,
  copy,
  certificate,
  servedCertificate,
  staticFiles,
  url,
];
