import { isIpAddress, isIpv4, parseCidrs } from '../lib/net/cidrs.ts';
import type { ParameterForm, ValueDescription } from '../release/release.ts';
import { isHostName, parseSiteHost, siteHostText } from './site-host.ts';

/** The forms that a release can give a value. It names them; what they mean is here, and nowhere else. */

type Form = ParameterForm['form'];
type TextForm = ValueDescription['form'];

export type FormedText =
  | { readonly ok: true; readonly text: string }
  /** Follows the value's name: "must be …". Never contains the value. */
  | { readonly ok: false; readonly message: string };

/** A form with everything that limits its values. */
export type FormDetails = Pick<ParameterForm, 'choices' | 'min' | 'max' | 'unit'> & {
  readonly form: Form;
  readonly example?: string | undefined;
};

/** What a value of this form is, as the end of "must be …"; `undefined` for a text without further rules. */
export function formWords({
  form,
  choices,
  min,
  max,
  unit,
  example,
}: FormDetails): string | undefined {
  if (choices !== undefined) {
    const quoted = choices.map((choice) => `"${choice}"`);
    return `${quoted.slice(0, -1).join(', ')} or ${quoted.at(-1)}`;
  }
  const such = example === undefined ? '' : ` such as ${example}`;
  switch (form) {
    case 'host':
      return 'a host name such as chat.example-bank.com, without http:// or a path';
    case 'server':
      return 'a host name or an IP address, without http:// or a port';
    case 'domain':
      return `a domain${such}, without @`;
    case 'url':
      return example === undefined ? 'an address with http:// or https://' : `an address${such}`;
    case 'email':
      return `an e-mail address${such}`;
    case 'path':
      return 'the path of a file';
    case 'cidrs':
      return 'a comma-separated list of networks or addresses';
    case 'port':
      return `a port${rangeWords(limitsOf({ form }))}`;
    case 'integer':
      return `an integer${rangeWords({ min, max })}`;
    case 'duration':
      return `a number of ${unit}${rangeWords({ min, max })}`;
    case 'key':
    case 'text':
      return undefined;
  }
}

/** The smallest and the largest number of a form, inclusive. */
export function limitsOf({ form, min, max }: Pick<FormDetails, 'form' | 'min' | 'max'>): {
  readonly min?: number | undefined;
  readonly max?: number | undefined;
} {
  return form === 'port' ? { min: 1, max: 65535 } : { min, max };
}

function rangeWords({ min, max }: ReturnType<typeof limitsOf>): string {
  if (min !== undefined && max !== undefined) return ` from ${min} to ${max}`;
  if (min !== undefined) return ` of at least ${min}`;
  return max === undefined ? '' : ` of at most ${max}`;
}

/** What an editor can tell of a form: the keywords of JSON Schema. A placeholder that is not set yet passes. */
export function formSchema({
  form,
  choices,
  min,
  max,
}: FormDetails): Readonly<Record<string, unknown>> {
  if (choices !== undefined) return { enum: choices };
  const limits = limitsOf({ form, min, max });
  const pattern = patterns[form];
  return {
    ...(limits.min !== undefined && { minimum: limits.min }),
    ...(limits.max !== undefined && { maximum: limits.max }),
    ...(pattern !== undefined && { pattern: `^(${pattern}|\\{YOUR_[A-Z0-9_]+\\})$` }),
  };
}

/** Less than the forms themselves ask for. */
const patterns: Partial<Record<Form, string>> = {
  server: '[\\w.:-]+',
  domain: '[\\w-]+(\\.[\\w-]+)+',
  url: '[Hh][Tt][Tt][Pp][Ss]?://\\S+',
  email: '[^\\s@]+@[^\\s@]+',
  path: '/.*',
};

/** Brings a text into its form, or says what is wrong with it. */
export function formedText(text: string, details: FormDetails): FormedText {
  const good = (formed: string): FormedText => ({ ok: true, text: formed });
  const bad = (message = `must be ${formWords(details)}`): FormedText => ({ ok: false, message });
  const { form, choices } = details;
  if (choices !== undefined) return choices.includes(text) ? good(text) : bad();
  switch (form) {
    case 'host': {
      // Accepts `https://chat.example-bank.com/`, too.
      const host = parseSiteHost(text);
      return host === undefined ? bad() : good(siteHostText(host));
    }
    case 'server':
      return isServer(text.trim()) ? good(text.trim()) : bad();
    case 'domain': {
      const domain = text.trim().toLowerCase();
      return isDomain(domain) ? good(domain) : bad();
    }
    case 'url':
      return isWebAddress(text.trim()) ? good(text.trim().replace(/\/+$/, '')) : bad();
    case 'email': {
      const [, domain = ''] = /^[^\s@"(),:;<>[\]\\]{1,64}@([^@]+)$/.exec(text.trim()) ?? [];
      return isDomain(domain.toLowerCase()) ? good(text.trim()) : bad();
    }
    case 'path': {
      const path = text.trim();
      const fault = pathFault(path);
      return fault === undefined ? good(path) : bad(fault);
    }
    case 'cidrs': {
      const parsed = parseCidrs(text);
      return parsed.ok ? good(parsed.cidrs.join(', ')) : bad(parsed.message);
    }
    case 'port':
    case 'integer':
    case 'duration':
      return /^[+-]?\d+$/.test(text.trim()) && isWithin(BigInt(text.trim()), details)
        ? good(text.trim())
        : bad();
    case 'key':
    case 'text':
      return good(text);
  }
}

/** Whether a number fits its form. A form of texts says nothing about numbers. */
export function isWithin(number: bigint, details: FormDetails): boolean {
  const { min, max } = limitsOf(details);
  return (min === undefined || number >= min) && (max === undefined || number <= max);
}

/**
 * What is wrong with the path of a file on the host, in a form that nginx accepts: there, `$` starts a variable.
 * `undefined` if nothing is.
 */
export function pathFault(path: string): string | undefined {
  if (!path.startsWith('/')) return 'must be an absolute path, starting with /';
  if (path.endsWith('/')) return 'must be the path of a file, not a folder';
  if (/[$\p{Cc}]/u.test(path)) return 'must not contain "$" or control characters';
  return undefined;
}

/** White space around it, which a person does not see and a program takes for a part of the value. */
export function isPadded(text: string): boolean {
  return text !== text.trim();
}

/**
 * Why a key of another vendor is probably not what that vendor issued; `undefined` if it looks right. It is taken
 * nevertheless: only the vendor knows its keys.
 */
export function keyDoubt(
  text: string,
  {
    form,
    begins_with: begin,
  }: { readonly form: TextForm; readonly begins_with?: string | undefined },
): string | undefined {
  if (text === '') return undefined;
  if (begin !== undefined && !text.startsWith(begin)) return `does not start with ${begin}`;
  if (isPadded(text)) return 'has leading or trailing white space';
  // RFC 9110, 5.5: what a header, in which a service sends its key, can have.
  if (form === 'key' && !/^[!-~]*$/.test(text)) return 'has characters that no key has';
  return undefined;
}

/** A name in DNS or on a network of Compose, which may have underscores, or an address. */
function isServer(text: string): boolean {
  if (isIpAddress(text)) return true;
  return serverName.test(text) && !/(^|\.)(\d+|0x[\da-f]*)\.?$/i.test(text);
}

const serverName =
  /^(?=.{1,254}$)[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*\.?$/i;

function isDomain(text: string): boolean {
  return isHostName(text) && text.includes('.') && !isIpv4(text);
}

/**
 * An address of HTTP. A URL parser drops line breaks and tabs, and makes a host name of what is none (`1.2`, `%61`,
 * `a\b`); the programs that read the value do not. So the host is judged as it stands in the text.
 */
function isWebAddress(text: string): boolean {
  const [, authority = ''] = /^https?:\/\/([^/?#\s]+)\S*$/i.exec(text) ?? [];
  const [, server = '', port] = /^(?:.*@)?(.*?)(?::(\d+))?$/.exec(authority) ?? [];
  const isNamed = isServer(server.replace(/^\[(.*:.*)\]$/, '$1'));
  return isNamed && URL.canParse(text) && (port === undefined || Number(port) > 0);
}
