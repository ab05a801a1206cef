/** Secrets that are known by sight, and the ways in which one can slip out. */

/** A text with all that escapes are made for. */
export function canary(name: string): string {
  return `canary-${name}/+"\\'é$&%3D`;
}

/** The same for an AWS key, which is printable ASCII. */
export function canaryKey(name: string): string {
  return canary(name).replace('é', '');
}

/** The forms of a secret that a text could hold: plain, escaped, and within Base64 at any place. */
export function formsOf(secret: string): string[] {
  const json = JSON.stringify(secret).slice(1, -1);
  return [
    secret,
    json,
    JSON.stringify(json).slice(1, -1),
    encodeURIComponent(secret),
    Buffer.from(secret).toString('hex'),
    ...[0, 1, 2].flatMap((before) => {
      const text = Buffer.concat([Buffer.alloc(before), Buffer.from(secret)]);
      // What the bytes around it may change is left out.
      return (['base64', 'base64url'] as const).map((form) => text.toString(form).slice(2, -4));
    }),
  ];
}

/** The secrets that a text holds in any form. */
export function leaksIn(text: string, secrets: readonly string[]): string[] {
  return secrets.filter((secret) => formsOf(secret).some((form) => text.includes(form)));
}
