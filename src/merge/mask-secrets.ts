import { SecretMask } from '../secret.ts';

/**
 * Returns a function that replaces every known secret in a line with `••••••`. For a secret with several lines,
 * each line is replaced. Secrets with fewer than 6 characters are not replaced.
 *
 * Two masked lines with different secrets look the same; `unifiedDiff` marks the new one.
 */
export function secretMask(secrets: Iterable<string>): (line: string) => string {
  const known = new SecretMask();
  for (const secret of secrets) {
    for (const line of secret.split(/\r?\n/)) known.add(line.trim());
  }
  return (line) => known.hide(line, '••••••');
}
