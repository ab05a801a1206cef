import type { Secret } from '../secret.ts';

/**
 * What a command will do, as data. Computing a plan changes nothing, `--dry-run` shows it without applying it,
 * and apply does exactly what it says.
 */
export interface Plan {
  readonly command: string;
  /** Absolute path of the installation. */
  readonly installation: string;
  readonly actions: readonly HostAction[];
  readonly files: readonly FileChange[];
}

/** An action outside the installation's files, in the order of execution. */
export type HostAction =
  | { readonly kind: 'backup'; readonly file: string }
  | { readonly kind: 'registry-login'; readonly registry: string }
  | { readonly kind: 'resolve'; readonly repositories: readonly string[]; readonly tag: string }
  | { readonly kind: 'fetch-bundle'; readonly repository: string; readonly folder: string }
  | { readonly kind: 'pull'; readonly images: readonly string[] }
  | { readonly kind: 'stop' }
  | { readonly kind: 'own-data'; readonly volumes: readonly string[]; readonly from?: string }
  | { readonly kind: 'new-identity'; readonly project: string }
  | { readonly kind: 'set-password'; readonly user: string; readonly service: string }
  | { readonly kind: 'restore-bundle'; readonly folder: string; readonly state: number }
  | { readonly kind: 'remove-bundle'; readonly folder: string }
  | { readonly kind: 'copy'; readonly path: string; readonly from: string }
  | { readonly kind: 'link'; readonly path: string; readonly target: string }
  | { readonly kind: 'test-nginx' }
  | { readonly kind: 'reload-nginx'; readonly by: string };

export interface FileChange {
  readonly kind: 'create' | 'update' | 'merge' | 'keep' | 'delete' | 'conflict';
  /** Below the installation. */
  readonly path: string;
  /** The new content of the file. */
  readonly content: Secret;
}

/** The plan as JSON, without file contents. */
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

/** The plan as text. */
export function planLines(plan: Plan): string[] {
  return [
    `Plan for ${plan.installation}`,
    ...plan.actions.map((action) => `  > ${actionLine(action)}`),
    ...plan.files.map((file) => `  ${signs[file.kind]} ${file.path}`),
  ];
}

/** One action as text. */
export function actionLine(action: HostAction): string {
  switch (action.kind) {
    case 'backup':
      return `back up the data to ${action.file}`;
    case 'registry-login':
      return `log Docker in to ${action.registry}`;
    case 'resolve':
      return `resolve ${action.repositories.length} repositories at ${action.tag} to digests`;
    case 'fetch-bundle':
      return `download ${action.repository} to ${action.folder}/`;
    case 'pull':
      return `pull ${action.images.length} images`;
    case 'stop':
      return 'stop the platform when all downloads are complete';
    case 'own-data': {
      const { volumes, from } = action;
      const data = volumes.length === 0 ? 'the data' : `the data in ${volumes.join(', ')}`;
      return `own ${data}${from === undefined ? '' : ` instead of ${from}`}`;
    }
    case 'new-identity':
      return `become an installation of its own, without data: ${action.project}`;
    case 'set-password':
      return `set the new password of user ${action.user} in the database (${action.service})`;
    case 'restore-bundle':
      return `restore ${action.folder}/ from state ${action.state}`;
    case 'remove-bundle':
      return `remove ${action.folder}/ and keep it in the history`;
    case 'copy':
      return `copy ${action.from} to ${action.path}`;
    case 'link':
      return `link ${action.path} to ${action.target}`;
    case 'test-nginx':
      return 'test the nginx configuration (nginx -t); if the test fails, undo the steps above';
    case 'reload-nginx':
      return `reload nginx: ${action.by}`;
  }
}
