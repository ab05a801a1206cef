/**
 * Placeholders are the vendor page's own: `{YOUR_URL}`, `{YOUR_RANDOM_SECRET_KEY_1}` and so on.
 * One pass, so that a value which looks like a placeholder stays what it is.
 */
const placeholder = /\{(YOUR_[A-Z0-9_]+)\}/g;

/** Replaces what `valueFor` knows; a placeholder it gives `undefined` for stays, literally. */
export function fill(text: string, valueFor: (name: string) => string | undefined): string {
  return text.replace(placeholder, (literal, name: string) => valueFor(name) ?? literal);
}

/** The names of the placeholders in a text, each once, in order. */
export function placeholdersIn(text: string): string[] {
  return [...new Set(Array.from(text.matchAll(placeholder), (match) => match[1] ?? ''))];
}

/** The name that a values file has for a placeholder: `YOUR_OPENAI_API_KEY` → `openai_api_key`. */
export function valueName(placeholderName: string): string {
  return placeholderName.replace(/^YOUR_/, '').toLowerCase();
}
