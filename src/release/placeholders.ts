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

/** The name of a placeholder in a values file: `YOUR_OPENAI_API_KEY` → `openai_api_key`. */
export function valueName(placeholderName: string): string {
  return placeholderName.replace(/^YOUR_/, '').toLowerCase();
}
