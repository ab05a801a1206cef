/**
 * Placeholders come from the vendor's page: `{YOUR_URL}`, `{YOUR_RANDOM_SECRET_KEY_1}` and so on.
 * They are replaced in one pass, so that a value that looks like a placeholder is unchanged.
 */
const placeholder = /\{(YOUR_[A-Z0-9_]+)\}/g;

/** Replaces placeholders. One for which `valueFor` returns `undefined` stays as it is. */
export function fill(text: string, valueFor: (name: string) => string | undefined): string {
  return text.replace(placeholder, (literal, name: string) => valueFor(name) ?? literal);
}

/** The names of the placeholders in a text, each once, in order. */
export function placeholdersIn(text: string): string[] {
  return [...new Set(Array.from(text.matchAll(placeholder), (match) => match[1] ?? ''))];
}

/**
 * The reverse of `fill`: what a text has instead of each placeholder of its template.
 * @returns values by name, without empty ones and without placeholders that are still there; `undefined` if the text has
 *   another form than the template
 */
export function readBack(template: string, text: string): Map<string, string> | undefined {
  // `split` with a group: literal texts alternate with the names between them.
  const [first = '', ...rest] = template.split(placeholder);
  if (!text.startsWith(first)) return undefined;
  const values = new Map<string, string>();
  let done = first.length;
  for (let part = 0; part < rest.length; part += 2) {
    const [name = '', literal = ''] = rest.slice(part, part + 2);
    const isLast = part + 2 >= rest.length;
    const end = isLast ? text.length - literal.length : text.indexOf(literal, done);
    if (end < done || !text.startsWith(literal, end)) return undefined;
    const value = text.slice(done, end);
    if (value !== '' && value !== `{${name}}` && !values.has(name)) values.set(name, value);
    done = end + literal.length;
  }
  return done === text.length ? values : undefined;
}

/** The name of a placeholder in a values file: `YOUR_OPENAI_API_KEY` → `openai_api_key`. */
export function valueName(placeholderName: string): string {
  return placeholderName.replace(/^YOUR_/, '').toLowerCase();
}
