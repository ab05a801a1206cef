import { parseCidrs } from '../lib/net/cidrs.ts';
import { argsOf } from '../lib/text/nginx-conf.ts';
import { hostOfSite, siteHostText } from '../values/site-host.ts';
import type { SiteValues } from '../values/site-values.ts';
import { revealValue, type Values } from '../values/values.ts';
import { abilitiesIn } from './nginx.ts';
import type { Site } from './render-nginx.ts';
import { certificateOfSite } from './site-certificate.ts';

/** The placeholders in the nginx site, in addition to the installation's own path. */
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
 * The site for the current values. The source of the host name is the services' configuration, that of the certificate
 * is nginx/proto.conf itself. If the configuration cannot be read, host name and networks come from nginx/proto.conf.
 * @param present the values in the operator's files
 * @param conf the current nginx/proto.conf; `undefined` if it does not exist
 * @param base its last pristine render. If that has no certificate, the one of `conf` came with servers that another
 *   program wrote (certbot --nginx), and is none of ours
 */
export function presentSite(
  installation: string,
  present: SiteValues,
  conf: string | undefined,
  base?: string,
): Site {
  const isPlain = base !== undefined && certificateOfSite(base) === undefined;
  const host = conf === undefined ? undefined : hostOfSite(conf);
  return {
    installation,
    url: present.get(urlPlaceholder) ?? (host && siteHostText(host)),
    // A broken edit must not block the vendor as a side effect.
    allowed: networksOf(present.get(allowed)) ?? allowedOfSite(conf ?? ''),
    certificate: conf === undefined || isPlain ? undefined : certificateOfSite(conf),
    nginx: conf === undefined ? undefined : abilitiesIn(conf),
  };
}

/** The networks that the configuration allows: none if unset, `undefined` if the value is invalid. */
export function allowedNow(present: SiteValues): readonly string[] | undefined {
  const text = present.get(allowed);
  return text === undefined ? [] : networksOf(text);
}

/** `undefined` if unset or invalid. */
function networksOf(text: string | undefined): readonly string[] | undefined {
  const parsed = parseCidrs(text ?? '');
  return parsed.ok ? parsed.cidrs : undefined;
}

/** The networks that nginx/proto.conf currently allows. */
function allowedOfSite(conf: string): readonly string[] | undefined {
  return networksOf(
    argsOf(conf, 'allow')
      .map(([network]) => network?.text)
      .join(' '),
  );
}
