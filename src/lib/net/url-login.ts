/** Logins in the URLs of the environment. People write them unencoded, so they are looked for by the last `@`. */

/** Removes the login, even one with `/`, `#`, `?` or `@`. */
export function withoutLogin(url: string): string {
  return url.replace(/^([a-z][a-z0-9+.-]*:\/\/)?.*@/is, '$1');
}

const variables = /_PROXY$|^AWS_ENDPOINT_URL|^DOCKER_HOST$/i;

/** The passwords in those URLs, as they are written and decoded, and the parts that a URL parser would make of them. */
export function passwordsIn(env: Readonly<Record<string, string | undefined>>): string[] {
  return Object.entries(env).flatMap(([name, value = '']) => {
    if (!variables.test(name)) return [];
    const login = /^(?:[a-z][a-z0-9+.-]*:\/\/)?(.*)@/is.exec(value)?.[1] ?? '';
    const password = login.slice(login.indexOf(':') + 1);
    return login.includes(':') ? [password, decoded(password), ...password.split(/[/#?@]/)] : [];
  });
}

/** A text with a bare % is not encoded. */
export function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
