import type { Secret } from '../secret.ts';

/**
 * What a command is going to do, as data: nothing has been touched while a plan is made, `--dry-run` shows
 * it and ends, and apply does exactly that.
 */
export interface Plan {
  readonly command: string;
  /** Absolute path of the installation. */
  readonly installation: string;
  readonly actions: readonly HostAction[];
  readonly files: readonly FileChange[];
}

/** Something done outside the installation's files, in the order in which apply does it. */
export type HostAction =
  | { readonly kind: 'backup'; readonly file: string }
  | { readonly kind: 'registry-login'; readonly registry: string }
  | { readonly kind: 'resolve'; readonly repositories: readonly string[]; readonly tag: string }
  | { readonly kind: 'fetch-bundle'; readonly repository: string; readonly folder: string }
  | { readonly kind: 'pull'; readonly images: readonly string[] }
  | { readonly kind: 'stop' }
  | { readonly kind: 'set-password'; readonly user: string; readonly service: string }
  | { readonly kind: 'restore-bundle'; readonly folder: string; readonly state: number }
  | { readonly kind: 'remove-bundle'; readonly folder: string }
  | { readonly kind: 'link'; readonly path: string; readonly target: string }
  | { readonly kind: 'test-nginx' }
  | { readonly kind: 'reload-nginx'; readonly by: string };

export interface FileChange {
  readonly kind: 'create' | 'update' | 'merge' | 'keep' | 'delete' | 'conflict';
  /** Below the installation. */
  readonly path: string;
  /** What the file will hold. */
  readonly content: Secret;
}

/** The plan as JSON: everything but the contents. */
export function planData(plan: Plan): object {
  return { ...plan, files: plan.files.map(({ kind, path }) => ({ kind, path })) };
}

const signs: Record<FileChange['kind'], string> = {
  create: '+',
  update: '~',
  merge: '~',
  keep: '=',
  delete: '-',
  conflict: '!',
};

/** The plan as lines for a person. */
export function planLines(plan: Plan): string[] {
  return [
    `Plan for ${plan.installation}`,
    ...plan.actions.map((action) => `  > ${actionLine(action)}`),
    ...plan.files.map((file) => `  ${signs[file.kind]} ${file.path}`),
  ];
}

/** One action in words. */
export function actionLine(action: HostAction): string {
  switch (action.kind) {
    case 'backup':
      return `back the data up to ${action.file}`;
    case 'registry-login':
      return `log Docker in to ${action.registry}`;
    case 'resolve':
      return `resolve ${action.repositories.length} repositories at ${action.tag} to digests`;
    case 'fetch-bundle':
      return `fetch ${action.repository} into ${action.folder}/`;
    case 'pull':
      return `pull ${action.images.length} images`;
    case 'stop':
      return 'take the running platform down, when all of that is here';
    case 'set-password':
      return `have the database (${action.service}) take the new password of its user ${action.user}`;
    case 'restore-bundle':
      return `put ${action.folder}/ back as it was in state ${action.state}`;
    case 'remove-bundle':
      return `take ${action.folder}/ away; it is kept in history`;
    case 'link':
      return `link ${action.path} to ${action.target}`;
    case 'test-nginx':
      return 'test all of nginx (nginx -t); if that fails, what is above is taken back';
    case 'reload-nginx':
      return `have nginx take it up: ${action.by}`;
  }
}
