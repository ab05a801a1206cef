import { parseCidrs } from '../lib/net/cidrs.ts';
import { hostOfSite, siteHostText } from '../values/site-host.ts';
import type { SiteValues } from '../values/site-values.ts';
import { revealValue, type Values } from '../values/values.ts';
import type { Site } from './render-nginx.ts';
import { certificateOfSite } from './site-certificate.ts';

/** The placeholders that the site for nginx is made of, beside the installation's own path. */
export const urlPlaceholder = 'YOUR_URL';
const certificate = 'YOUR_TLS_CERTIFICATE';
const key = 'YOUR_TLS_CERTIFICATE_KEY';
const allowed = 'YOUR_ALLOWED_CIDRS';

/** The site of a new installation. */
export function siteOf(installation: string, values: Values): Site {
  const text = (name: string) => revealValue(values.get(name));
  const files = { certificate: text(certificate), key: text(key) };
  return {
    installation,
    url: text(urlPlaceholder),
    allowed: networksOf(text(allowed)),
    ...(files.certificate !== undefined &&
      files.key !== undefined && {
        certificate: { certificate: files.certificate, key: files.key },
      }),
  };
}

/**
 * The site as it is meant now. The host name's home is the configuration of the services, the certificate's is
 * nginx/proto.conf itself; where the configuration cannot be read, host name and networks are those that nginx knows.
 * @param present the values that the operator's files have
 * @param conf nginx/proto.conf as it is; `undefined` if there is none
 */
export function presentSite(
  installation: string,
  present: SiteValues,
  conf: string | undefined,
): Site {
  const host = conf === undefined ? undefined : hostOfSite(conf);
  return {
    installation,
    url: present.get(urlPlaceholder) ?? (host && siteHostText(host)),
    // What an editor broke must not shut the vendor out by the way.
    allowed: networksOf(present.get(allowed)) ?? allowedOfSite(conf ?? ''),
    certificate: conf === undefined ? undefined : certificateOfSite(conf),
  };
}

/** The networks that the configuration allows: none while nothing is set, `undefined` if what is set are none. */
export function allowedNow(present: SiteValues): readonly string[] | undefined {
  const text = present.get(allowed);
  return text === undefined ? [] : networksOf(text);
}

/** `undefined` if nothing is set, or what is set are no networks. */
function networksOf(text: string | undefined): readonly string[] | undefined {
  const parsed = parseCidrs(text ?? '');
  return parsed.ok ? parsed.cidrs : undefined;
}

/** The networks that nginx/proto.conf lets in now. */
function allowedOfSite(conf: string): readonly string[] | undefined {
  const found = [...conf.matchAll(/^[ \t]*allow\s+([^;#\s]+)\s*;/gm)].map((match) => match[1]);
  return networksOf(found.join(' '));
}
