const mask = '••••••';

/** Shorter secrets would match everywhere in a text, and the positions would reveal them. */
const shortest = 6;

/**
 * Replaces every known secret in a line with `••••••`: in plain form, as in a quoted
 * TOML, JSON or YAML string, in a URL, and with Compose's `$$`. For a secret with several lines,
 * each line is replaced. Secrets with fewer than 6 characters are not replaced.
 *
 * Two masked lines with different secrets look the same; `unifiedDiff` marks the new one.
 */
export function maskSecrets(line: string, secrets: readonly string[]): string {
  const forms = new Set(secrets.flatMap((secret) => secret.split(/\r?\n/)).flatMap(writtenForms));
  // The longest first, because a secret may be part of another one.
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
  // encodeURIComponent throws for a lone surrogate.
  return /\p{Surrogate}/u.test(text) ? text : encodeURIComponent(text);
}

function escapeRegExp(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
