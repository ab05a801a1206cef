const mask = '••••••';

/** Shorter ones would be found all over a text, and their places would tell what they are. */
const shortest = 6;

/**
 * A line with every known secret in it replaced by `••••••`: as it is, as it stands in a quoted
 * TOML, JSON or YAML string, in a URL, and with Compose's `$$`. Of a secret of several lines
 * each line is replaced. Secrets of fewer than 6 characters are left as they are.
 *
 * That two masked lines hold different secrets does not show; `unifiedDiff` marks the new one.
 */
export function maskSecrets(line: string, secrets: readonly string[]): string {
  const forms = new Set(secrets.flatMap((secret) => secret.split(/\r?\n/)).flatMap(writtenForms));
  // The longest first: a secret may be a part of another one.
  const longestFirst = [...forms].sort((a, b) => b.length - a.length);
  if (longestFirst.length === 0) return line;
  return line.replace(new RegExp(longestFirst.map(escapeRegExp).join('|'), 'g'), mask);
}

function writtenForms(secret: string): string[] {
  const text = secret.trim();
  if ([...text].length < shortest) return [];
  const json = JSON.stringify(text).slice(1, -1);
  const ascii = json.replace(
    /[\u0080-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  const plain = [text, json, ascii, text.replaceAll("'", "''"), urlForm(text)];
  return plain.flatMap((form) => [form, form.replaceAll('$', '$$$$')]);
}

function urlForm(text: string): string {
  // encodeURIComponent refuses half a surrogate pair.
  return /\p{Surrogate}/u.test(text) ? text : encodeURIComponent(text);
}

function escapeRegExp(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
