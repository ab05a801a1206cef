import { valueIn } from '../lib/process/probed.ts';
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
  title: 'nginx is there, and recent enough',
  why: 'It serves the web app, and hands requests on to the platform.',
  remedy: 'Install it: sudo apt-get install nginx',
  severity: { check: 'requirement', init: 'advice', start: 'advice', update: 'advice' },
  concerns: 'host',
  needs: ['nginx', 'requires'],
  judge: ({ nginx, requires }) =>
    nginx.kind === 'absent'
      ? failed('There is no nginx on this host')
      : judgeKnown(nginx, 'nginx -v', (version) => judgeVersion('nginx', version, requires.nginx)),
});

const webPorts = defineCheck({
  id: 'web-ports',
  title: "Ports 80 and 443 are nginx's, or free",
  why: 'People reach the platform there. Whether a firewall lets them through can not be seen from here.',
  remedy: 'Stop the other program, or have it listen elsewhere: `sudo ss -tlnp` shows who it is.',
  severity: { check: 'requirement', init: 'advice', start: 'advice', update: 'advice' },
  concerns: 'host',
  needs: ['webPorts'],
  judge: ({ webPorts }) =>
    judgeKnown(webPorts, 'The listening ports', ({ held, nginxRuns }) => {
      const strangers = held.filter(({ program }) => program !== undefined && program !== 'nginx');
      if (strangers.length > 0) {
        const names = strangers.map(({ port, program }) => `${port} is held by ${program}`);
        return failed([...new Set(names)].join(', '));
      }
      const hidden = held.filter(({ program }) => program === undefined);
      // Only root sees whose a socket is; nginx opens them as root.
      if (hidden.some(({ uid }) => uid !== 0 || !nginxRuns)) {
        const ports = [...new Set(hidden.map(({ port }) => port))].join(' and ');
        return unknown(`A program that only root can see listens on ${ports}`, {
          remedy: 'Look with `sudo ss -tlnp`: it should be nginx.',
        });
      }
      return ok(held.length > 0 ? 'nginx listens' : 'free');
    }),
});

const site = defineCheck({
  id: 'nginx-site',
  title: "nginx's site has the platform's host name",
  why: 'nginx answers requests for other names with another site.',
  remedy: 'Correct server_name in nginx/proto.conf, or app.base_url in backend/config.',
  severity: { check: 'advice' },
  inside: true,
  concerns: 'values',
  needs: ['site', 'url'],
  judge: ({ site, url }) => {
    const host = valueIn(url)?.host;
    if (site.kind === 'absent') return notApplicable('There is no nginx/proto.conf');
    if (host === undefined) return notApplicable('The host name is not set yet');
    return judgeKnown(site, 'nginx/proto.conf', ({ serverNames }) =>
      serverNames.includes(host) || serverNames.includes('_') || serverNames.length === 0
        ? ok(host)
        : failed(`nginx/proto.conf is for ${serverNames.join(', ')}; the platform is ${host}`),
    );
  },
});

const certificate = defineCheck({
  id: 'certificate',
  title: "The site's certificate is valid, fits its key and the host name",
  why: 'With a certificate that has ended or is for another name, browsers show a warning in place of the platform; with the wrong key nginx does not start.',
  remedy: 'Renew the certificate, and `sudo systemctl reload nginx`.',
  severity: { check: 'requirement' },
  inside: true,
  concerns: 'host',
  needs: ['site', 'url', 'now'],
  judge: ({ site, url, now }) => {
    const found = valueIn(site)?.certificate;
    if (found === undefined) return notApplicable('nginx/proto.conf names none');
    const { files, read } = found;
    if (read.kind === 'absent') {
      return failed(`There is no certificate at ${files.certificate}`, {
        remedy: 'Put it there, or correct ssl_certificate in nginx/proto.conf.',
      });
    }
    return judgeKnown(read, files.certificate, (summary) =>
      judgeCertificate(summary, valueIn(url)?.host ?? '', now),
    );
  },
});

const day = 24 * 60 * 60 * 1000;
/** Whoever renews by hand needs some weeks; certbot renews 30 days before. */
const worrying = 21 * day;

function judgeCertificate(summary: CertificateSummary, host: string, now: number): Judgement {
  if ('fault' in summary) {
    return failed(`The certificate can not be used: ${summary.fault}`, {
      remedy: 'Put PEM files in place: the certificate with its chain, and its key.',
    });
  }
  const { validFrom, validTo, fitsKey, holdsForUrl } = summary;
  if (fitsKey === false) {
    return failed('The key does not belong to the certificate', {
      remedy: 'Put the key in place that the certificate was made with.',
    });
  }
  const left = Math.floor((validTo - now) / day);
  if (validTo <= now) return failed(`The certificate ended ${counted(-left, 'day', 'days')} ago`);
  if (validFrom > now) {
    return failed('The certificate is not valid yet', {
      remedy: "Compare this host's date with `timedatectl`.",
    });
  }
  if (holdsForUrl === false) {
    return failed(`The certificate is not for ${host}`, {
      remedy: `Have one made for ${host}, or correct the host name.`,
    });
  }
  if (validTo - now < worrying) {
    const ends = `The certificate ends in ${counted(left, 'day', 'days')}`;
    return failed(ends, { severity: 'advice' });
  }
  const key = fitsKey === undefined ? '; this user may not read its key' : '';
  return ok(`valid for ${left} more days${key}`);
}

const staticFiles = defineCheck({
  id: 'static-files',
  title: 'nginx may read the web app and the webchat library',
  why: 'Each folder on the way must let nginx pass. Home folders of Ubuntu 22.04 do not (0750): the whole site is 403 or 404 then.',
  remedy: 'Let others pass through the folder: chmod o+x FOLDER',
  severity: { check: 'requirement', start: 'advice' },
  inside: true,
  concerns: 'host',
  needs: ['staticPaths', 'webUser', 'nginx'],
  judge: ({ staticPaths, webUser, nginx }) => {
    if (nginx.kind === 'absent') return notApplicable('There is no nginx on this host');
    const user = valueIn(webUser) ?? { name: 'nginx', uid: -1, gids: [] };
    const closed = staticPaths.find((path) => !allows(path, user, isFolder(path.mode) ? 1 : 4));
    if (closed === undefined) return ok(`${user.name} gets to every file`);
    const does = isFolder(closed.mode) ? 'pass through' : 'read';
    const mode = (closed.mode & 0o777).toString(8).padStart(4, '0');
    return failed(`${user.name} may not ${does} ${closed.path} (mode ${mode})`, {
      remedy: isFolder(closed.mode)
        ? `Let others pass: chmod o+x ${closed.path} (or move the installation, to /srv say).`
        : `Let others read: chmod o+r ${closed.path}`,
    });
  },
});

function isFolder(mode: number): boolean {
  return (mode & 0o170000) === 0o040000;
}

const url = defineCheck({
  id: 'url',
  title: "The platform's host name leads somewhere",
  why: 'People can not open the platform under a name that nobody knows.',
  remedy: 'Have it entered into the DNS, or correct app.base_url.',
  severity: { check: 'advice' },
  inside: true,
  concerns: 'values',
  needs: ['url'],
  judge: ({ url }) => {
    if (url.kind === 'absent') return notApplicable('It is not set yet');
    return judgeKnown(url, 'The host name', ({ host, addresses }) => {
      if (addresses.kind === 'absent')
        return failed(`${host} is not known to the DNS of this host`);
      return judgeKnown(addresses, `The DNS, asked for ${host},`, (list) =>
        ok(`${host} is ${list.join(', ')}`),
      );
    });
  },
});

export const webChecks = [nginx, webPorts, site, certificate, staticFiles, url];
