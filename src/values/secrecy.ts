import type { ValueDescription } from '../release/release.ts';
import type { TomlValue } from '../toml/value.ts';
import { stringsIn } from '../toml/value-text.ts';

/** A parameter whose value is never shown, nor taken from the command line. */

const secretName =
  /secret|passw|passphrase|pwd|token|credential|private|(?:^|[_-])(?:api)?key$|(?:^|[_-])pass$/i;
const passwordInUrl = /:\/\/[^/?#\s:@]*:[^/?#\s@]+@/;

/**
 * The release says of its placeholders which are secret. Of any other key (the operator's own, a plain default)
 * only its name and its text can tell; a number or a boolean is none.
 * @param descriptions of the placeholders that the vendor has at this key
 */
export function isSecret(
  names: readonly string[],
  values: readonly TomlValue[],
  descriptions: readonly ValueDescription[],
): boolean {
  if (descriptions.some(({ secret, random }) => secret || random)) return true;
  const texts = values.flatMap(stringsIn);
  if (texts.some((text) => passwordInUrl.test(text))) return true;
  return descriptions.length === 0 && texts.length > 0 && names.some((n) => secretName.test(n));
}
