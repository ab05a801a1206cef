import { certificateOfSite } from './site-certificate.ts';
import { hostOfSite, siteHostText } from './site-host.ts';
import type { SiteValues } from './site-values.ts';
import type { Site } from './targets/nginx.ts';
import { revealValue, type Values } from './values.ts';

/** The placeholders that the site for nginx is made of, beside the installation's own path. */
export const urlPlaceholder = 'YOUR_URL';
const certificate = 'YOUR_TLS_CERTIFICATE';
const key = 'YOUR_TLS_CERTIFICATE_KEY';

/** The site of a new installation. */
export function siteOf(installation: string, values: Values): Site {
  const text = (name: string) => revealValue(values.get(name));
  const files = { certificate: text(certificate), key: text(key) };
  return {
    installation,
    url: text(urlPlaceholder),
    ...(files.certificate !== undefined &&
      files.key !== undefined && {
        certificate: { certificate: files.certificate, key: files.key },
      }),
  };
}

/**
 * The site as it is meant now. The host name's home is the configuration of the services, the certificate's is
 * nginx/proto.conf itself; where the configuration can not be read, the host name is what nginx knows.
 * @param present the values that the operator's files have
 * @param conf nginx/proto.conf as it is; `undefined` where there is none
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
    certificate: conf === undefined ? undefined : certificateOfSite(conf),
  };
}
