export interface Route {
  readonly kind: 'ping' | 'tags' | 'manifests' | 'blobs' | 'uploads' | 'upload';
  readonly repository: string;
  /** Tag, digest or upload id; empty where the kind has none. */
  readonly reference: string;
}

// As ECR has it: API_CreateRepository, "repositoryName".
const part = '[a-z0-9]+(?:[._-][a-z0-9]+)*';
const name = `(${part}(?:/${part})*)`;
const forms: ReadonlyArray<readonly [Route['kind'], RegExp]> = [
  ['ping', /^\/v2\/$/],
  ['tags', new RegExp(`^/v2/${name}/tags/list$`)],
  ['uploads', new RegExp(`^/v2/${name}/blobs/uploads/$`)],
  ['upload', new RegExp(`^/v2/${name}/blobs/uploads/([0-9a-f-]{36})$`)],
  ['blobs', new RegExp(`^/v2/${name}/blobs/(sha256:[0-9a-f]{64})$`)],
  ['manifests', new RegExp(`^/v2/${name}/manifests/(\\w[\\w.-]{0,127}|sha256:[0-9a-f]{64})$`)],
];

/** What a path of the distribution API names, or undefined for one it does not have. */
export function routeOf(path: string): Route | undefined {
  for (const [kind, form] of forms) {
    const match = form.exec(path);
    if (match !== null) return { kind, repository: match[1] ?? '', reference: match[2] ?? '' };
  }
  return undefined;
}
